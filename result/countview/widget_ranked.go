package countview

// rankedWidget shows how many put each option first.
var rankedWidget = widget{
	order:   leading,
	meaning: func(v View) string { return v.Say.Text("result.meaning.ranked", nil) },
	figure:  votes,
	shares:  sharesOfVoters,
	reach:   partOfMost,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
