package result

// multipleWidget shows how many approve of each option.
var multipleWidget = widget{
	order:   leading,
	meaning: func(view) string { return "the bars show approvals, in percent of the people who voted" },
	figure:  votes,
	shares:  sharesOfVoters(false),
	reach:   partOfVoters,
	drawing: noDrawing,
	columns: noColumns,
	cells:   noCells,
}
