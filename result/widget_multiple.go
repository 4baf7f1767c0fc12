package result

// multipleWidget shows how many approve of each option.
var multipleWidget = widget{
	order:   leading,
	meaning: func(v view) string { return v.say.Text("result.meaning.multiple", nil) },
	figure:  votes,
	shares:  sharesOfVoters(false),
	reach:   partOfVoters,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
