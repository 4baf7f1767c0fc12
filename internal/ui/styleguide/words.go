package styleguide

// The guide is for those who work on pages, and never part of a vote: what it says is
// an example, and stands here instead of in the message files.

// words fill the pieces of a panel.
type words struct {
	lang, question, hint, event      string
	options                          []string
	note, send, change, closing      string
	yourRanking, notRanked           string
	recorded, receipt, results       string
	field, fieldHint, fieldError     string
	good, bad, warn, plain           string
	open, closed, draft, hidden      string
	live, late, lost                 string
	joined, voted, kind, kinds, step string
}

var english = words{
	lang: "en", question: "What should we do with the rest of the budget?", hint: "Tap one. You can change it until the poll closes.", event: "Tuesday team night",
	options: []string{"New coffee machine", "A day out together", "Better chairs, for everybody who sits a lot and has asked for years", "Save it", "رحلة مشتركة"},
	note:    "With lunch, by train", send: "Send my ranking", change: "Change", closing: "Close and reveal",
	yourRanking: "Your ranking", notRanked: "Not ranked: tap to add",
	recorded: "Recorded: A day out together", receipt: "20:14, receipt K7Q-M2D", results: "Results",
	field: "Question", fieldHint: "Short is good.", fieldError: "Write a question first.",
	good: "The poll is open.", bad: "Your vote was not recorded. Please try again.", warn: "You are offline. Your vote is kept and sent when you are back.", plain: "Nobody has voted yet.",
	open: "open", closed: "closed", draft: "draft", hidden: "hidden",
	live: "Live", late: "6 s behind", lost: "No connection",
	joined: "joined", voted: "voted", kind: "How do people vote?", kinds: "One choice|Several|Ranking|Points", step: "Question 2 of 4",
}

var arabic = words{
	lang: "ar", question: "ماذا نفعل بما تبقى من الميزانية؟", hint: "المس خيارًا واحدًا. يمكنك تغييره حتى يُغلق التصويت.", event: "أمسية الفريق",
	options: []string{"آلة قهوة جديدة", "رحلة مشتركة", "كراسي أفضل لكل من يجلس كثيرًا ويطلبها منذ سنوات", "ندّخره", "Save it"},
	note:    "مع الغداء، بالقطار", send: "أرسل ترتيبي", change: "تغيير", closing: "أغلق وأظهر النتيجة",
	yourRanking: "ترتيبك", notRanked: "غير مرتّب: المس للإضافة",
	recorded: "سُجّل: رحلة مشتركة", receipt: "20:14، الإيصال K7Q-M2D", results: "النتائج",
	field: "السؤال", fieldHint: "القصير أفضل.", fieldError: "اكتب سؤالًا أولًا.",
	good: "التصويت مفتوح.", bad: "لم يُسجّل صوتك. حاول مرة أخرى.", warn: "لا يوجد اتصال. صوتك محفوظ ويُرسل عند عودة الاتصال.", plain: "لم يصوّت أحد بعد.",
	open: "مفتوح", closed: "مغلق", draft: "مسودة", hidden: "مخفي",
	live: "مباشر", late: "متأخر 6 ثوانٍ", lost: "لا اتصال",
	joined: "انضموا", voted: "صوّتوا", kind: "كيف يصوّت الناس؟", kinds: "خيار واحد|عدة خيارات|ترتيب|نقاط", step: "السؤال 2 من 4",
}

var sample = struct{ title, about, refused string }{
	title:   "Popeye style guide",
	about:   "Every piece in every state. Look at it with more contrast, forced colours, reduced motion, at 200 % and at 320 px too.",
	refused: "This poll is closed. The result is on its page.",
}
