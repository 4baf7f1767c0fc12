package count

import "popeye/vote"

// approval elects the option that most voters approve of, among others or not.
var approval = Rule{Name: "approval/1", Kind: vote.Multiple, count: countMarks}
