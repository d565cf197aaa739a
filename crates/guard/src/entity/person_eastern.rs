//! # What it finds
//! Names of people in Chinese, Japanese, Korean and Arabic script, beside a form of address or behind words that introduce
//! somebody.
//!
//! # Why it matters
//! The tagger of names reads Latin, Cyrillic and Greek; these scripts have no capitals and, most of them, no spaces.
//!
//! # Example
//! `请联系王小明先生`
//!
//! # Limits and sources
//! A name by itself is not found. In Chinese and Korean it begins with one of the family names that most people have; which
//! ones is public in the census of each country. Of an Arabic name two words are taken. Runs only where a policy names it.

use crate::finding::Evidence;
use crate::rule::{Anchor, Candidate, Exact, Family, Hit, Matcher, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "EN013",
    name: "person-name-eastern",
    family: Family::Entity,
    category: "entity.person",
    tags: &["owasp:LLM02", "owasp-agentic:ASI03", "atlas:AML.T0057"],
    matcher: Matcher::Exact(Exact {
        pattern: concat!(
            r"(?:",
            chinese!(),
            han!(),
            r"{0,2}(?:先生|女士|小姐|太太|老师|老師|教授|博士|医生|醫生|律师|律師|经理|經理|同学|同學)",
            r"|(?:我叫|我的名字是|我的名字叫|姓名[:\x20]{0,2}|姓名：)",
            chinese!(),
            han!(),
            r"{1,2}",
            r"|",
            han!(),
            r"{1,4}(?:さん|さま|ちゃん|くん)|",
            han!(),
            r"{2,4}(?:様|氏|殿)",
            r"|(?:私の名前は|名前は|氏名[:\x20]{0,2}|氏名：|お名前：)",
            han!(),
            r"{2,4}",
            r"|",
            korean!(),
            hangul!(),
            r"{1,2} ?(?:씨|선생님|교수님|대표님|부장님|과장님|팀장님|사장님)",
            r"|(?:이름은|이름: ?|성명: ?|저는) ?",
            korean!(),
            hangul!(),
            r"{2}(?:입니다|이고|이며|\b)?",
            r"|(?:السيدة|السيد|الدكتورة|الدكتور|الأستاذة|الأستاذ|المهندسة|المهندس|الشيخ|اسمي هو|اسمي|الاسم:) ?",
            arabic!(),
            r"(?: ",
            arabic!(),
            r")?",
            r")"
        ),
        anchor: Anchor::Literals(&[
            "先生",
            "女士",
            "小姐",
            "太太",
            "老师",
            "老師",
            "教授",
            "博士",
            "医生",
            "醫生",
            "律师",
            "律師",
            "经理",
            "經理",
            "同学",
            "同學",
            "我叫",
            "我的名字",
            "姓名",
            "さん",
            "さま",
            "ちゃん",
            "くん",
            "様",
            "氏",
            "殿",
            "名前",
            "씨",
            "선생님",
            "교수님",
            "대표님",
            "부장님",
            "과장님",
            "팀장님",
            "사장님",
            "이름",
            "성명",
            "저는",
            "السيد",
            "الدكتور",
            "الأستاذ",
            "المهندس",
            "الشيخ",
            "اسمي",
            "الاسم:",
        ]),
        longest: 80,
        verify,
    }),
};

/// One Han character.
macro_rules! han {
    () => {
        r"(?:[\xe4-\xe9][\x80-\xbf]{2})"
    };
}
/// One Korean syllable.
macro_rules! hangul {
    () => {
        r"(?:[\xea-\xed][\x80-\xbf]{2})"
    };
}
/// One Arabic word.
macro_rules! arabic {
    () => {
        r"(?:[\xd8-\xdb][\x80-\xbf]){2,12}"
    };
}
/// Chinese family names, without those that are common words too.
macro_rules! chinese {
    () => {
        concat!(
            r"(?:欧阳|司马|诸葛|上官|王|李|张|張|刘|劉|陈|陳|杨|楊|赵|趙|黄|黃|周|吴|吳|徐|孙|孫|胡|朱|林|郭|罗|羅|郑|鄭|梁|谢|謝|宋|唐|许|許|韩|韓|冯|馮|邓|鄧|曹|彭|曾|肖|蕭",
            r"|田|董|袁|潘|蒋|蔣|蔡|余|杜|叶|葉|程|苏|蘇|魏|吕|呂|丁|沈|任|姚|卢|盧|姜|崔|钟|鍾|谭|譚|陆|陸|汪|范|廖|邹|鄒|熊|孟|秦|阎|薛|侯|雷|龙|龍|段|郝|邵|贺|賀|毛|邱|顾|顧|龚|龔)"
        )
    };
}
/// Korean family names.
macro_rules! korean {
    () => {
        r"(?:김|이|박|최|정|강|조|윤|장|임|한|오|서|신|권|황|안|송|류|유|홍|전|고|문|양|손|배|백|허|남|심|노|하|곽|성|차|주|우|구|민|진|나|엄|채|원|천|방|공|현)"
    };
}
use {arabic, chinese, han, hangul, korean};

/// What stands around a name and is no part of it.
const BEFORE: &[&str] = &[
    "我的名字是",
    "我的名字叫",
    "我叫",
    "姓名",
    "私の名前は",
    "お名前",
    "名前は",
    "氏名",
    "이름은",
    "이름",
    "성명",
    "저는",
    "السيدة",
    "السيد",
    "الدكتورة",
    "الدكتور",
    "الأستاذة",
    "الأستاذ",
    "المهندسة",
    "المهندس",
    "الشيخ",
    "اسمي هو",
    "اسمي",
    "الاسم",
];
const BEHIND: &[&str] = &[
    "先生",
    "女士",
    "小姐",
    "太太",
    "老师",
    "老師",
    "教授",
    "博士",
    "医生",
    "醫生",
    "律师",
    "律師",
    "经理",
    "經理",
    "同学",
    "同學",
    "さん",
    "さま",
    "ちゃん",
    "くん",
    "様",
    "氏",
    "殿",
    "씨",
    "선생님",
    "교수님",
    "대표님",
    "부장님",
    "과장님",
    "팀장님",
    "사장님",
    "입니다",
    "이고",
    "이며",
];
/// What ends so before a form of address is a relative, a role, or another word: `お客様`, `仕様`, `摂氏`.
const NOBODY: &[&str] = &[
    "客", "皆", "奥", "母", "父", "兄", "姉", "娘", "爺", "婆", "弟", "妹", "息子", "神", "者", "員", "屋", "主", "先",
    "社", "店", "仕", "同", "多", "模", "異", "有", "王", "摂", "華", "彼", "両", "宮", "御", "本", "沢", "마음",
    "아가",
];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let found = candidate.matched();
    let start = BEFORE.iter().find(|word| found.starts_with(**word)).map_or(0, |word| word.len());
    let rest = found[start..].trim_start_matches([' ', ':', '：']);
    let start = found.len() - rest.len();
    let name = BEHIND.iter().find_map(|word| rest.strip_suffix(word)).unwrap_or(rest).trim_end();
    let is_somebody = start > 0 || name.len() < rest.len();
    let is_role =
        start == 0 && NOBODY.iter().any(|word| name.ends_with(word) && (name.len() > word.len() || name == *word));
    let is_family_name_of_two = is_role && name.chars().count() == 2 && name.ends_with(['本', '沢', '宮', '屋']);
    let is_whole = !candidate.before().ends_with(is_arabic);
    (is_somebody && is_whole && (!is_role || is_family_name_of_two) && !name.is_empty())
        .then_some(Hit { trim: (start, rest.len() - name.len()), ..Hit::new(0.65, Evidence::Context) })
}

fn is_arabic(character: char) -> bool {
    ('\u{600}'..='\u{6ff}').contains(&character)
}
