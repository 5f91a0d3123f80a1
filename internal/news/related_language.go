package news

import (
	"cmp"
	"strings"
)

// relatedWords is how one language says why two articles stand together. What they share comes last, after a colon, in the form
// that it has by itself, since many languages would inflect it elsewhere.
type relatedWords struct {
	chosen, linked, alike string    // alike: the texts, of which no word is named
	words                 string    // before words of both texts
	event, topic          [2]string // of one and of several
	category, author      [2]string // likewise
	end                   [2]string // what stands before what is shared, and after it; ": " and "." when empty
}

// relatedSentences has the languages that dates have, by what [languageFor] finds.
var relatedSentences = map[*language]*relatedWords{
	languages["en"]: relatedEnglish, languages["en-US"]: relatedEnglish,
	languages["de"]: {
		chosen: "Von der Redaktion ausgewählt", linked: "Der eine Text verweist auf den anderen", alike: "Die Texte ähneln sich",
		words: "In beiden Texten steht", event: [2]string{"Beide handeln vom selben Ereignis", "Beide handeln von denselben Ereignissen"},
		topic:    [2]string{"Beide haben dasselbe Thema", "Beide haben dieselben Themen"},
		category: [2]string{"Beide stehen in derselben Rubrik", "Beide stehen in denselben Rubriken"},
		author:   [2]string{"Beide hat dieselbe Person geschrieben", "Beide haben dieselben Personen geschrieben"},
	},
	languages["fr"]: {
		chosen: "Choisi par la rédaction", linked: "L’un des textes renvoie à l’autre", alike: "Les textes se ressemblent",
		words: "Les deux textes mentionnent", event: [2]string{"Les deux portent sur le même événement", "Les deux portent sur les mêmes événements"},
		topic:    [2]string{"Les deux ont le même sujet", "Les deux ont les mêmes sujets"},
		category: [2]string{"Les deux figurent dans la même rubrique", "Les deux figurent dans les mêmes rubriques"},
		author:   [2]string{"Les deux sont de la même plume", "Les deux sont des mêmes auteurs"}, end: [2]string{"\u00a0: ", "."},
	},
	languages["es"]: {
		chosen: "Elegido por la redacción", linked: "Uno de los textos enlaza con el otro", alike: "Los textos se parecen",
		words: "Ambos textos mencionan", event: [2]string{"Ambos tratan del mismo acontecimiento", "Ambos tratan de los mismos acontecimientos"},
		topic:    [2]string{"Ambos tienen el mismo tema", "Ambos tienen los mismos temas"},
		category: [2]string{"Ambos están en la misma sección", "Ambos están en las mismas secciones"},
		author:   [2]string{"Ambos son de la misma firma", "Ambos son de las mismas firmas"},
	},
	languages["it"]: {
		chosen: "Scelto dalla redazione", linked: "Uno dei testi rimanda all’altro", alike: "I testi si somigliano",
		words: "Entrambi i testi citano", event: [2]string{"Entrambi riguardano lo stesso evento", "Entrambi riguardano gli stessi eventi"},
		topic:    [2]string{"Entrambi hanno lo stesso argomento", "Entrambi hanno gli stessi argomenti"},
		category: [2]string{"Entrambi sono nella stessa sezione", "Entrambi sono nelle stesse sezioni"},
		author:   [2]string{"Entrambi hanno la stessa firma", "Entrambi hanno le stesse firme"},
	},
	languages["pt"]: {
		chosen: "Escolhido pela redação", linked: "Um dos textos remete para o outro", alike: "Os textos são parecidos",
		words: "Ambos os textos mencionam", event: [2]string{"Ambos tratam do mesmo acontecimento", "Ambos tratam dos mesmos acontecimentos"},
		topic:    [2]string{"Ambos têm o mesmo tema", "Ambos têm os mesmos temas"},
		category: [2]string{"Ambos estão na mesma seção", "Ambos estão nas mesmas seções"},
		author:   [2]string{"Ambos têm a mesma autoria", "Ambos têm os mesmos autores"},
	},
	languages["nl"]: {
		chosen: "Gekozen door de redactie", linked: "De ene tekst verwijst naar de andere", alike: "De teksten lijken op elkaar",
		words: "Beide teksten noemen", event: [2]string{"Beide gaan over dezelfde gebeurtenis", "Beide gaan over dezelfde gebeurtenissen"},
		topic:    [2]string{"Beide hebben hetzelfde onderwerp", "Beide hebben dezelfde onderwerpen"},
		category: [2]string{"Beide staan in dezelfde rubriek", "Beide staan in dezelfde rubrieken"},
		author:   [2]string{"Beide zijn van dezelfde auteur", "Beide zijn van dezelfde auteurs"},
	},
	languages["sv"]: {
		chosen: "Utvald av redaktionen", linked: "Den ena texten hänvisar till den andra", alike: "Texterna liknar varandra",
		words: "Båda texterna nämner", event: [2]string{"Båda handlar om samma händelse", "Båda handlar om samma händelser"},
		topic:    [2]string{"Båda har samma ämne", "Båda har samma ämnen"},
		category: [2]string{"Båda står i samma avdelning", "Båda står i samma avdelningar"},
		author:   [2]string{"Båda är skrivna av samma person", "Båda är skrivna av samma personer"},
	},
	languages["pl"]: {
		chosen: "Wybór redakcji", linked: "Jeden tekst odsyła do drugiego", alike: "Teksty są podobne",
		words: "W obu tekstach występują słowa", event: [2]string{"Oba dotyczą tego samego wydarzenia", "Oba dotyczą tych samych wydarzeń"},
		topic:    [2]string{"Oba mają ten sam temat", "Oba mają te same tematy"},
		category: [2]string{"Oba są w tym samym dziale", "Oba są w tych samych działach"},
		author:   [2]string{"Oba napisała ta sama osoba", "Oba napisały te same osoby"},
	},
	languages["ru"]: {
		chosen: "Выбор редакции", linked: "Один текст ссылается на другой", alike: "Тексты похожи",
		words: "В обоих текстах есть слова", event: [2]string{"Оба рассказывают об одном событии", "Оба рассказывают об одних и тех же событиях"},
		topic:    [2]string{"У обоих одна тема", "У обоих одни и те же темы"},
		category: [2]string{"Оба из одной рубрики", "Оба из одних и тех же рубрик"},
		author:   [2]string{"У обоих один автор", "У обоих одни и те же авторы"},
	},
	languages["uk"]: {
		chosen: "Вибір редакції", linked: "Один текст посилається на інший", alike: "Тексти схожі",
		words: "В обох текстах є слова", event: [2]string{"Обидва розповідають про одну подію", "Обидва розповідають про ті самі події"},
		topic:    [2]string{"В обох одна тема", "В обох ті самі теми"},
		category: [2]string{"Обидва з однієї рубрики", "Обидва з тих самих рубрик"},
		author:   [2]string{"В обох один автор", "В обох ті самі автори"},
	},
	languages["tr"]: {
		chosen: "Editörlerin seçimi", linked: "Metinlerden biri diğerine bağlantı veriyor", alike: "Metinler birbirine benziyor",
		words: "İki metinde de geçiyor", event: [2]string{"İkisi de aynı olayla ilgili", "İkisi de aynı olaylarla ilgili"},
		topic:    [2]string{"İkisinin konusu aynı", "İkisinin konuları aynı"},
		category: [2]string{"İkisi de aynı bölümde", "İkisi de aynı bölümlerde"},
		author:   [2]string{"İkisinin yazarı aynı", "İkisinin yazarları aynı"},
	},
	languages["ar"]: relatedArabic, languages["ar-IQ"]: relatedArabic,
	languages["fa"]: {
		chosen: "به انتخاب تحریریه", linked: "یکی از دو متن به دیگری پیوند دارد", alike: "دو متن به هم شباهت دارند",
		words: "در هر دو متن آمده است", event: [2]string{"هر دو دربارهٔ یک رویدادند", "هر دو دربارهٔ رویدادهای یکسانی هستند"},
		topic:    [2]string{"هر دو یک موضوع دارند", "هر دو موضوع\u200cهای یکسانی دارند"},
		category: [2]string{"هر دو در یک بخش\u200cاند", "هر دو در بخش\u200cهای یکسانی هستند"},
		author:   [2]string{"هر دو نوشتهٔ یک نفر است", "نویسندگان هر دو یکی هستند"},
	},
	languages["he"]: {
		chosen: "בחירת המערכת", linked: "אחד הטקסטים מקשר אל האחר", alike: "הטקסטים דומים",
		words: "בשני הטקסטים מופיעים", event: [2]string{"שניהם עוסקים באותו אירוע", "שניהם עוסקים באותם אירועים"},
		topic:    [2]string{"לשניהם אותו נושא", "לשניהם אותם נושאים"},
		category: [2]string{"שניהם באותו מדור", "שניהם באותם מדורים"},
		author:   [2]string{"שניהם מאת אותו אדם", "שניהם מאת אותם אנשים"},
	},
	languages["ku"]: {
		chosen: "Bijartina redaksiyonê", linked: "Nivîsek girêdanê dide ya din", alike: "Nivîs dişibin hev",
		words: "Di herdu nivîsan de hene", event: [2]string{"Herdu li ser heman bûyerê ne", "Herdu li ser heman bûyeran in"},
		topic:    [2]string{"Mijara herduyan yek e", "Mijarên herduyan yek in"},
		category: [2]string{"Herdu di heman beşê de ne", "Herdu di heman beşan de ne"},
		author:   [2]string{"Nivîskarê herduyan yek e", "Nivîskarên herduyan yek in"},
	},
	languages["zh"]: {
		chosen: "编辑推荐", linked: "其中一篇链接到另一篇", alike: "两篇内容相近", words: "两篇都提到", event: both("两篇讲述同一事件"),
		topic: both("两篇主题相同"), category: both("两篇属于同一栏目"), author: both("两篇作者相同"), end: [2]string{"：", "。"},
	},
	languages["zh-Hant"]: {
		chosen: "編輯推薦", linked: "其中一篇連結到另一篇", alike: "兩篇內容相近", words: "兩篇都提到", event: both("兩篇講述同一事件"),
		topic: both("兩篇主題相同"), category: both("兩篇屬於同一欄目"), author: both("兩篇作者相同"), end: [2]string{"：", "。"},
	},
	languages["ja"]: {
		chosen: "編集部が選びました", linked: "一方の記事がもう一方にリンクしています", alike: "内容が似ています", words: "どちらにも出てくる言葉",
		event: both("同じ出来事を扱っています"), topic: both("テーマが同じです"), category: both("同じ欄の記事です"), author: both("筆者が同じです"),
		end: [2]string{"：", "。"},
	},
	languages["hi"]: {
		chosen: "संपादकों की पसंद", linked: "एक लेख में दूसरे का लिंक है", alike: "दोनों लेख मिलते-जुलते हैं", words: "दोनों लेखों में ये शब्द हैं",
		event:    [2]string{"दोनों एक ही घटना के बारे में हैं", "दोनों एक ही घटनाओं के बारे में हैं"},
		topic:    [2]string{"दोनों का विषय एक है", "दोनों के विषय एक हैं"},
		category: [2]string{"दोनों एक ही खंड में हैं", "दोनों एक ही खंडों में हैं"},
		author:   [2]string{"दोनों का लेखक एक है", "दोनों के लेखक एक हैं"}, end: [2]string{": ", "।"},
	},
}

var relatedEnglish = &relatedWords{
	chosen: "Chosen by the editors", linked: "One of the two links to the other", alike: "The texts are alike", words: "Both texts mention",
	event: [2]string{"Both are about the same event", "Both are about the same events"},
	topic: [2]string{"Both have the same topic", "Both have the same topics"}, category: [2]string{"Both are in the same section", "Both are in the same sections"},
	author: [2]string{"Both are by the same author", "Both are by the same authors"},
}

var relatedArabic = &relatedWords{
	chosen: "من اختيار هيئة التحرير", linked: "أحد النصين يحيل إلى الآخر", alike: "النصان متشابهان",
	words: "يرد في النصين كليهما", event: [2]string{"كلاهما عن الحدث نفسه", "كلاهما عن الأحداث نفسها"},
	topic:    [2]string{"لكليهما الموضوع نفسه", "لكليهما المواضيع نفسها"},
	category: [2]string{"كلاهما في القسم نفسه", "كلاهما في الأقسام نفسها"},
	author:   [2]string{"كلاهما للكاتب نفسه", "كلاهما للكتّاب أنفسهم"},
}

// both is for languages without a plural.
func both(sentence string) [2]string { return [2]string{sentence, sentence} }

// mostNamed is how many things a sentence names.
const mostNamed = 3

// Summary is a sentence for readers in a language, English where it is not known. Name gives what is shared its name; what has
// none is left out, and when nothing is left the sentence says it without.
func (r *RelatedReason) Summary(locale *Locale, name func(ID) string) string {
	l, _ := languageFor(locale)
	words := relatedSentences[l]
	if words == nil {
		words = relatedEnglish
	}
	names := r.Terms
	for _, id := range r.IDs {
		if named := name(id); named != "" {
			names = append(names[:len(names):len(names)], named)
		}
	}
	names = names[:min(len(names), mostNamed)]
	between, end := cmp.Or(words.end[0], ": "), cmp.Or(words.end[1], ".")
	sentence := words.of(r.Kind, len(r.IDs) > 1, len(names) > 0)
	if len(names) == 0 {
		return sentence + end
	}
	return sentence + between + strings.Join(names, cmp.Or(l.comma, ", ")) + end
}

// of is the sentence of a reason up to what is shared.
func (w *relatedWords) of(kind RelatedReasonKind, several, named bool) string {
	form := 0
	if several {
		form = 1
	}
	switch kind {
	case ReasonEditorial:
		return w.chosen
	case ReasonInTextLink:
		return w.linked
	case ReasonSharedEvent:
		return w.event[form]
	case ReasonSharedTopics:
		return w.topic[form]
	case ReasonSharedCategories:
		return w.category[form]
	case ReasonSameAuthor:
		return w.author[form]
	}
	if named {
		return w.words
	}
	return w.alike
}
