//! # What it finds
//! A command to ignore or forget earlier instructions in German, French, Spanish, Portuguese, Italian, Dutch,
//! Polish, Croatian, Turkish, Russian, Ukrainian, Chinese, Japanese, Korean, Arabic or Hindi.
//!
//! # Why it matters
//! Models obey in every language they read; a filter that reads only English is passed by a translator.
//!
//! # Example
//! `Ignorez toutes les instructions précédentes.`
//!
//! # Limits and sources
//! A verb and a noun within a short distance, in the common forms of each language only. Latin diacritics are gone
//! from canonical text, so patterns are written without. Inflections that are not listed pass.

use super::words::few;
use crate::finding::Evidence;
use crate::rule::{Candidate, Family, Hit, Matcher, Phrase, Rule};

/// See the [module](self).
pub const RULE: Rule = Rule {
    id: "IN002",
    name: "override-languages",
    family: Family::Injection,
    category: "injection.override",
    tags: &["owasp:LLM01", "owasp-agentic:ASI01", "atlas:AML.T0051"],
    matcher: Matcher::Phrase(Phrase {
        pattern: concat!(
            // German
            r"(?:\b(?:ignorier(?:e|en|t)?|vergiss|vergesst|vergessen sie|missachte[nt]?|umgehe?n?|uberschreibe?n?)(?: sie)? ",
            few!(),
            r"(?:anweisung(?:en)?|instruktion(?:en)?|befehle?|vorgaben|regeln|richtlinien|auftrage?|anordnung(?:en)?|alles (?:was|davor|bisherige|vorherige))\b",
            r"|\babweichend (?:zu|von) (?:den )?(?:vorherigen|bisherigen|obigen) (?:instruktionen|anweisungen)",
            // French
            r"|\b(?:ignore[rz]?|oublie[rz]?|neglige[rz]?|contourne[rz]?|outrepasse[rz]?|abandonne[rz]?|ne tiens pas compte|ne tenez pas compte) ",
            r"(?:\S{1,24} ){0,2}?(?:les|tes|vos|ces|tous|toutes?|tout|la|ta|cette|aux|des) (?:\S{1,24} ){0,3}?(?:instructions?|consignes?|directives?|regles|restrictions|ordres|programmation|ce qui precede)\b",
            // Spanish and Portuguese
            r"|\b(?:ignor[aeo]r?|olvid[ae]r?|olvides|olvidate|desobedece|omite|esquec?e?[ar]?|esqueca|desconsider[ae]r?) ",
            few!(),
            r"(?:instrucciones|instrucoes|ordenes|ordens|reglas|regras|directrices|diretrizes|indicaciones|restricciones|restricoes|todo (?:lo|que)|tudo o que|tudo que)\b",
            // Italian
            r"|\b(?:ignora|ignorare|ignorate|dimentica|dimenticare|dimenticate|trascura) ",
            few!(),
            r"(?:istruzioni|direttive|regole|ordini|restrizioni|tutto (?:cio|quello))\b",
            // Dutch
            r"|\b(?:negeer|vergeet|omzeil) ",
            few!(),
            r"(?:instructies|regels|richtlijnen|opdrachten|aanwijzingen|alles hiervoor)\b",
            // Polish, Croatian, Turkish
            r"|\b(?:zignoruj|ignoruj|zapomnij|pomin) ",
            few!(),
            r"(?:instrukcj[ei]|polecenia|zasad[y]?|wytyczn(?:e|ych)|o wszystkim)\b",
            r"|\b(?:zaboravi(?:te)?|zanemari(?:te)?|ignoriraj(?:te)?) ",
            few!(),
            r"(?:instrukcije|upute|pravila|naredbe)\b",
            r"|\b(?:onceki|yukaridaki|butun|tum) (?:\S{1,24} ){0,2}(?:talimatlari|komutlari|kurallari|yonergeleri) (?:\S{1,24} ){0,2}(?:yok say|unut|goz ardi et|gormezden gel)",
            // Russian and Ukrainian
            r"|(?:игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|отбрось|не обращай внимания на|ігноруй|забудь те) ",
            r"(?:\S{1,48} ){0,4}(?:инструкци|указани|правила|команды|ограничения|інструкці|все,? что)",
            // Chinese and Japanese
            r"|(?:忽略|无视|忽視|無視|忘记|忘記|忘掉|不要理会|不用理会).{0,45}(?:指令|指示|提示|规则|規則|命令|设定|要求)",
            r"|(?:指示|命令|ルール|指令|プロンプト|規則).{0,24}(?:無視|忘れ|従わない)",
            // Korean, Arabic, Hindi
            r"|(?:지시|명령|규칙|지침|프롬프트).{0,36}(?:무시|잊어|잊으)",
            r"|(?:تجاهل|انس|انسى|اهمل) (?:\S{1,48} ){0,3}(?:التعليمات|تعليماتك|الأوامر|القواعد|تعليمات|ما سبق)",
            r"|(?:निर्देशों|निर्देश|नियमों|आदेशों).{0,60}(?:अनदेखा|भूल|नज़रअंदाज|नजरअंदाज))"
        ),
        anchors: &[
            "ignor",
            "vergiss",
            "vergess",
            "missacht",
            "umgeh",
            "uberschreib",
            "abweichend",
            "oubli",
            "neglig",
            "contourn",
            "outrepass",
            "abandon",
            "compte",
            "olvid",
            "desobedece",
            "omite",
            "esque",
            "desconsider",
            "dimentica",
            "trascura",
            "negeer",
            "vergeet",
            "omzeil",
            "zapomnij",
            "pomin",
            "zaboravi",
            "zanemari",
            "onceki",
            "yukaridaki",
            "butun",
            r"\btum\b",
            "игнорируй",
            "забудь",
            "отбрось",
            "внимания",
            "ігноруй",
            "忽略",
            "无视",
            "忽視",
            "無視",
            "忘记",
            "忘記",
            "忘掉",
            "理会",
            "忘れ",
            "従わない",
            "무시",
            "잊어",
            "잊으",
            "تجاهل",
            "انس",
            "اهمل",
            "अनदेखा",
            "भूल",
            "नज़रअंदाज",
            "नजरअंदाज",
        ],
        longest: 400,
        verify,
    }),
};

/// Directly before a command, these turn it round.
const NEGATIONS: &[&str] = &["nicht ", "ne pas ", "no ", "non ", "nie ", "niet ", "не ", "不要", "请勿", "لا "];

fn verify(candidate: &Candidate<'_>) -> Option<Hit> {
    let is_negated = NEGATIONS.iter().any(|negation| candidate.before().ends_with(negation));
    (!is_negated).then_some(Hit::new(0.88, Evidence::Context))
}
