package count

import "popeye/vote"

// approval counts for each option the voters who chose it, among others or not.
var approval = Rule{Name: "approval/1", Kinds: []vote.Kind{vote.Multiple}, count: countMarks}
