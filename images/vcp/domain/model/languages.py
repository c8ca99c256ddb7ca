"""Language tags of tracks, normalized to the form that this pipeline compares and writes."""

from __future__ import annotations

from typing import NamedTuple


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


#: ISO 639-2 has two codes for 20 languages, and containers use either. Bibliographic -> terminological.
_BIBLIOGRAPHIC = _pairs(
    "alb:sqi arm:hye baq:eus bur:mya chi:zho cze:ces dut:nld fre:fra geo:kat ger:deu gre:ell ice:isl mac:mkd "
    "mao:mri may:msa per:fas rum:ron slo:slk tib:bod wel:cym"
)

#: ISO 639-1 -> ISO 639-2/T, for containers (Matroska, WebM) with BCP 47 tags such as `pt-BR`.
_TWO_LETTERS = _pairs(
    "aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul "
    "bh:bih bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv "
    "cy:cym da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin "
    "fj:fij fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv "
    "ht:hat hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn "
    "jv:jav ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor "
    "ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal "
    "mn:mon mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav "
    "ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron "
    "ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp "
    "ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur "
    "ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid "
    "yo:yor za:zha zh:zho zu:zul"
)

#: ISO 639-2 `und`, and what some programs write instead.
_UNKNOWN = frozenset({"", "und", "unk", "xxx", "undefined"})


class Language(NamedTuple):
    """`code` is ISO 639-2/T (or 639-3) in lower case, None if unknown; `lost` is a tag that MP4 cannot hold whole."""

    code: str | None
    lost: str | None = None


def read_language(tag: str | None) -> Language:
    """Parse a container's language tag: ISO 639-1, 639-2 (either form), 639-3 or BCP 47 (`es-419`).

    MP4 holds three letters only (ISO/IEC 14496-12, media header): region and script are lost, and so is any text that
    is not a language code.
    """
    given = (tag or "").strip().lower().replace("_", "-")
    if given in _UNKNOWN:
        return Language(None)
    base, _, rest = given.partition("-")
    base = _TWO_LETTERS.get(base, base)
    base = _BIBLIOGRAPHIC.get(base, base)
    if len(base) != 3 or not (base.isascii() and base.isalpha()):
        return Language(None, given)
    return Language(None if base in _UNKNOWN else base, given if rest else None)


#: ISO 639-2/T code and English name.
_LANGUAGES = (
    "aar Afar, abk Abkhazian, afr Afrikaans, aka Akan, amh Amharic, ara Arabic, arg Aragonese, asm Assamese, ava "
    "Avaric, ave Avestan, aym Aymara, aze Azerbaijani, bak Bashkir, bam Bambara, bel Belarusian, ben Bengali, bih "
    "Bihari, bis Bislama, bod Tibetan, bos Bosnian, bre Breton, bul Bulgarian, cat Catalan, ces Czech, cha "
    "Chamorro, che Chechen, chu Church Slavic, chv Chuvash, cor Cornish, cos Corsican, cre Cree, cym Welsh, dan "
    "Danish, deu German, div Dhivehi, dzo Dzongkha, ell Greek, eng English, enm Middle English, epo Esperanto, "
    "est Estonian, eus Basque, ewe Ewe, fao Faroese, fas Persian, fij Fijian, fin Finnish, fra French, frm Middle "
    "French, fry Western Frisian, ful Fulah, gla Scottish Gaelic, gle Irish, glg Galician, glv Manx, grn Guarani, "
    "guj Gujarati, hat Haitian Creole, hau Hausa, heb Hebrew, her Herero, hin Hindi, hmo Hiri Motu, hrv Croatian, "
    "hun Hungarian, hye Armenian, ibo Igbo, ido Ido, iii Sichuan Yi, iku Inuktitut, ile Interlingue, ina "
    "Interlingua, ind Indonesian, ipk Inupiaq, isl Icelandic, ita Italian, jav Javanese, jpn Japanese, kal "
    "Kalaallisut, kan Kannada, kas Kashmiri, kat Georgian, kau Kanuri, kaz Kazakh, khm Khmer, kik Kikuyu, kin "
    "Kinyarwanda, kir Kyrgyz, kom Komi, kon Kongo, kor Korean, kua Kuanyama, kur Kurdish, lao Lao, lat Latin, lav "
    "Latvian, lim Limburgish, lin Lingala, lit Lithuanian, ltz Luxembourgish, lub Luba-Katanga, lug Ganda, mah "
    "Marshallese, mal Malayalam, mar Marathi, mkd Macedonian, mlg Malagasy, mlt Maltese, mon Mongolian, mri "
    "Maori, msa Malay, mya Burmese, nau Nauru, nav Navajo, nbl South Ndebele, nde North Ndebele, ndo Ndonga, nep "
    "Nepali, nld Dutch, nno Norwegian Nynorsk, nob Norwegian Bokmål, nor Norwegian, nya Chichewa, oci Occitan, "
    "oji Ojibwa, ori Odia, orm Oromo, oss Ossetian, pan Punjabi, pli Pali, pol Polish, por Portuguese, pus "
    "Pashto, que Quechua, roh Romansh, ron Romanian, run Rundi, rus Russian, sag Sango, san Sanskrit, sin "
    "Sinhala, slk Slovak, slv Slovenian, sme Northern Sami, smo Samoan, sna Shona, snd Sindhi, som Somali, sot "
    "Southern Sotho, spa Spanish, sqi Albanian, srd Sardinian, srp Serbian, ssw Swati, sun Sundanese, swa "
    "Swahili, swe Swedish, tah Tahitian, tam Tamil, tat Tatar, tel Telugu, tgk Tajik, tgl Tagalog, tha Thai, tir "
    "Tigrinya, ton Tongan, tsn Tswana, tso Tsonga, tuk Turkmen, tur Turkish, twi Twi, uig Uyghur, ukr Ukrainian, "
    "urd Urdu, uzb Uzbek, ven Venda, vie Vietnamese, vol Volapük, wln Walloon, wol Wolof, xho Xhosa, yid Yiddish, "
    "yor Yoruba, zha Zhuang, zho Chinese, zul Zulu"
)
_NAMES = dict(entry.split(" ", 1) for entry in _LANGUAGES.split(", "))
#: MediaConvert's enumeration LanguageCode (service model), which has codes outside ISO 639-2/T as well. All other
#: languages go into CustomLanguageCode.
SERVICE_CODES = frozenset(_NAMES).union(["ger", "orj", "qaa", "qpc", "srb", "tng"])


def language_name(code: str | None) -> str:
    """Return the English name of a language, for people; the code itself if the table has no name for it."""
    return "unknown language" if code is None else _NAMES.get(code, code)
