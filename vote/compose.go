package vote

import (
	"slices"
	"unicode"
)

// The standard library knows no normal forms of Unicode. This is as much of them
// as the words of a poll need: letters with marks of the Latin, Greek, Cyrillic
// and Arabic scripts and of kana, from the Unicode data; Hangul is computed.

// composed lists letters with the letter that each is made of, by the mark that
// is added.
var composed = map[rune]string{
	0x0300: "ÀAÈEÌIÒOÙUàaèeìiòoùuǛÜǜüǸNǹnḔĒḕēṐŌṑōẀWẁwẦÂầâẰĂằăỀÊềêỒÔồôỜƠờơỪƯừưỲYỳyЀЕЍИѐеѝи",
	0x0301: "ÁAÉEÍIÓOÚUÝYáaéeíióoúuýyĆCćcĹLĺlŃNńnŔRŕrŚSśsŹZźzǗÜǘüǴGǵgǺÅǻåǼÆǽæǾØǿøḈÇḉçḖĒḗēḮÏḯïḰKḱkḾMḿmṌÕ" +
		"ṍõṒŌṓōṔPṕpṸŨṹũẂWẃwẤÂấâẮĂắăẾÊếêỐÔốôỚƠớơỨƯứưΆΑΈΕΉΗΊΙΌΟΎΥΏΩΐϊάαέεήηίιΰϋόούυώωЃГЌКѓгќк",
	0x0302: "ÂAÊEÎIÔOÛUâaêeîiôoûuĈCĉcĜGĝgĤHĥhĴJĵjŜSŝsŴWŵwŶYŷyẐZẑzẬẠậạỆẸệẹỘỌộọ",
	0x0303: "ÃAÑNÕOãañnõoĨIĩiŨUũuṼVṽvẪÂẫâẴĂẵăẼEẽeỄÊễêỖÔỗôỠƠỡơỮƯữưỸYỹy",
	0x0304: "ĀAāaĒEēeĪIīiŌOōoŪUūuǕÜǖüǞÄǟäǠȦǡȧǢÆǣæǬǪǭǫȪÖȫöȬÕȭõȰȮȱȯȲYȳyḠGḡgḸḶḹḷṜṚṝṛӢИӣиӮУӯу",
	0x0306: "ĂAăaĔEĕeĞGğgĬIĭiŎOŏoŬUŭuḜȨḝȩẶẠặạЎУЙИйиўуӁЖӂжӐАӑаӖЕӗе",
	0x0307: "ĊCċcĖEėeĠGġgİIŻZżzȦAȧaȮOȯoḂBḃbḊDḋdḞFḟfḢHḣhṀMṁmṄNṅnṖPṗpṘRṙrṠSṡsṤŚṥśṦŠṧšṨṢṩṣṪTṫtẆWẇwẊXẋxẎYẏy" +
		"ẛſ",
	0x0308: "ÄAËEÏIÖOÜUäaëeïiöoüuÿyŸYḦHḧhṎÕṏõṺŪṻūẄWẅwẌXẍxẗtΪΙΫΥϊιϋυЁЕЇІёеїіӒАӓаӚӘӛәӜЖӝжӞЗӟзӤИӥиӦОӧоӪӨӫө" +
		"ӬЭӭэӰУӱуӴЧӵчӸЫӹы",
	0x0309: "ẢAảaẨÂẩâẲĂẳăẺEẻeỂÊểêỈIỉiỎOỏoỔÔổôỞƠởơỦUủuỬƯửưỶYỷy",
	0x030a: "ÅAåaŮUůuẘwẙy",
	0x030b: "ŐOőoŰUűuӲУӳу",
	0x030c: "ČCčcĎDďdĚEěeĽLľlŇNňnŘRřrŠSšsŤTťtŽZžzǍAǎaǏIǐiǑOǒoǓUǔuǙÜǚüǦGǧgǨKǩkǮƷǯʒǰjȞHȟh",
	0x030f: "ȀAȁaȄEȅeȈIȉiȌOȍoȐRȑrȔUȕuѶѴѷѵ",
	0x0311: "ȂAȃaȆEȇeȊIȋiȎOȏoȒRȓrȖUȗu",
	0x031b: "ƠOơoƯUưu",
	0x0323: "ḄBḅbḌDḍdḤHḥhḲKḳkḶLḷlṂMṃmṆNṇnṚRṛrṢSṣsṬTṭtṾVṿvẈWẉwẒZẓzẠAạaẸEẹeỊIịiỌOọoỢƠợơỤUụuỰƯựưỴYỵy",
	0x0324: "ṲUṳu",
	0x0325: "ḀAḁa",
	0x0326: "ȘSșsȚTțt",
	0x0327: "ÇCçcĢGģgĶKķkĻLļlŅNņnŖRŗrŞSşsŢTţtȨEȩeḐDḑdḨHḩh",
	0x0328: "ĄAąaĘEęeĮIįiŲUųuǪOǫo",
	0x032d: "ḒDḓdḘEḙeḼLḽlṊNṋnṰTṱtṶUṷu",
	0x032e: "ḪHḫh",
	0x0330: "ḚEḛeḬIḭiṴUṵu",
	0x0331: "ḆBḇbḎDḏdḴKḵkḺLḻlṈNṉnṞRṟrṮTṯtẔZẕzẖh",
	0x0653: "آا",
	0x0654: "أاؤوئيۀەۂہۓے",
	0x0655: "إا",
	0x3099: "がかぎきぐくげけごこざさじしずすぜせぞそだたぢちづつでてどとばはびひぶふべへぼほゔうゞゝガカギキグクゲケゴコザサジシズスゼセゾソダタヂチヅツデテドトバハビヒブフベヘボホヴウヷワヸヰ" +
		"ヹヱヺヲヾヽ",
	0x309a: "ぱはぴひぷふぺへぽほパハピヒプフペヘポホ",
}

// decomposed is composed the other way round: a letter's base and its mark.
var decomposed = func() map[rune][2]rune {
	all := map[rune][2]rune{}
	for mark, pairs := range composed {
		runes := []rune(pairs)
		for i := 0; i < len(runes); i += 2 {
			all[runes[i]] = [2]rune{runes[i+1], mark}
		}
	}
	return all
}()

// decompose returns s with each letter taken apart and the marks on a letter in
// one order, so that it does not matter how a letter was typed.
func decompose(s string) []rune {
	var all []rune
	for _, r := range s {
		all = append(all, apart(r)...)
	}
	for i := 0; i < len(all); i++ {
		end := i
		for end < len(all) && unicode.Is(unicode.Mn, all[end]) {
			end++
		}
		slices.Sort(all[i:end])
		i = max(i, end-1)
	}
	return all
}

// apart returns a letter's base and its marks.
func apart(r rune) []rune {
	const hangul, syllables, vowels, tails = 0xac00, 11172, 21, 28
	if p, ok := decomposed[r]; ok {
		return append(apart(p[0]), p[1])
	}
	if n := r - hangul; n >= 0 && n < syllables {
		jamo := []rune{0x1100 + n/(vowels*tails), 0x1161 + n/tails%vowels}
		if tail := n % tails; tail > 0 {
			jamo = append(jamo, 0x11a7+tail)
		}
		return jamo
	}
	return []rune{r}
}
