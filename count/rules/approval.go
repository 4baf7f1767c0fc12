package rules

import "popeye/vote"

// approval elects the option that most voters approve of, among others or not.
var approval = Rule{Name: "approval/1", Message: "rule.approval", Meaning: "rule.approval.meaning", Kind: vote.Multiple, count: countMarks}
