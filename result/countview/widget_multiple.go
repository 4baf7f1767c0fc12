package countview

// multipleWidget shows how many approve of each option.
var multipleWidget = widget{
	order:   leading,
	meaning: func(v View) string { return v.Say.Text("result.meaning.multiple", nil) },
	figure:  votes,
	shares:  sharesOfVoters,
	reach:   partOfMost,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
