package countview

// singleWidget shows how many chose each option.
var singleWidget = widget{
	order:   leading,
	meaning: func(View) string { return "" },
	figure:  votes,
	shares:  sharesOfVoters,
	reach:   partOfMost,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
