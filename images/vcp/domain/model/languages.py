"""Language tags of tracks: what containers hold, in the one form that this pipeline compares and writes."""

from __future__ import annotations

from typing import NamedTuple


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


#: ISO 639-2 has two codes for 20 languages; containers hold either. Bibliographic -> terminologic.
_BIBLIOGRAPHIC = _pairs(
    "alb:sqi arm:hye baq:eus bur:mya chi:zho cze:ces dut:nld fre:fra geo:kat ger:deu gre:ell ice:isl mac:mkd "
    "mao:mri may:msa per:fas rum:ron slo:slk tib:bod wel:cym"
)

#: ISO 639-1 -> ISO 639-2/T, for containers (Matroska, WebM) that hold BCP 47 tags such as `pt-BR`.
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

#: Codes that say "nobody knows": ISO 639-2 `und`, and what some writers put in its place.
_UNKNOWN = frozenset({"", "und", "unk", "xxx", "undefined"})


class Language(NamedTuple):
    """`code` is ISO 639-2/T (or 639-3) in lower case, None if unknown; `lost` is what an MP4 cannot say."""

    code: str | None
    lost: str | None = None


def read_language(tag: str | None) -> Language:
    """The language of a container's tag: ISO 639-1, 639-2 (either form), 639-3 or BCP 47 (`es-419`).

    MP4 holds three letters only (ISO/IEC 14496-12, media header), so region and script are lost, and so is
    whatever is no language code at all.
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


_SERVICE_CODES = (
    "aar abk afr aka amh ara arg asm ava ave aym aze bak bam bel ben bih bis bod bos bre bul cat ces cha che chu "
    "chv cor cos cre cym dan deu div dzo ell eng enm epo est eus ewe fao fas fij fin fra frm fry ful ger gla gle "
    "glg glv grn guj hat hau heb her hin hmo hrv hun hye ibo ido iii iku ile ina ind ipk isl ita jav jpn kal kan "
    "kas kat kau kaz khm kik kin kir kom kon kor kua kur lao lat lav lim lin lit ltz lub lug mah mal mar mkd mlg "
    "mlt mon mri msa mya nau nav nbl nde ndo nep nld nno nob nor nya oci oji ori orj orm oss pan pli pol por pus "
    "qaa qpc que roh ron run rus sag san sin slk slv sme smo sna snd som sot spa sqi srb srd srp ssw sun swa swe "
    "tah tam tat tel tgk tgl tha tir tng ton tsn tso tuk tur twi uig ukr urd uzb ven vie vol wln wol xho yid yor "
    "zha zho zul"
)
#: MediaConvert's enumeration LanguageCode (service model); other codes go into CustomLanguageCode.
SERVICE_CODES = frozenset(_SERVICE_CODES.split())
