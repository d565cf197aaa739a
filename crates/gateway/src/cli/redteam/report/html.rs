//! One page, in one file: no script, nothing from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use learn::campaign::figure::{Cell, Count, Figures, GoalFigure};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Report, chain, percent, visible};

const STYLE: &str = "\
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}\
table{border-collapse:collapse}th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid #d8dce1}\
.heat td{text-align:center;border:2px solid #fff;min-width:4.2rem}.heat .none{background:#f1f2f4;color:#767d86}\
.reached{color:#a1161b;font-weight:600}.withstood{color:#14622f}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f6f7f8;padding:.6rem;margin:.3rem 0;max-height:20rem;overflow:auto}\
.dim{color:#5b636d}";

/// The page.
pub fn html(report: &Report<'_>) -> String {
    let figures = &report.figures;
    let settings = report.campaign.settings();
    let (goals, queries) = (figures.goals_reached, figures.count);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="viewport" content="width=device-width";
                title { "Red team report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Red team report" }
                p { "Target: " b { (visible(&report.target)) } ". Seed " (settings.seed) ", " (figures.queries) " queries." }
                p {
                    b { (goals.reached) " of " (goals.tried) " goals were reached" } " (" (percent(goals.share())) "); "
                    (queries.reached) " of " (queries.tried) " queries got through (" (percent(queries.share())) ")."
                    @if figures.failed > 0 { " " (figures.failed) " queries had no answer that could be read, and count for nothing." }
                }
                h2 { "What got through, by approach and disguise" }
                p class="dim" { "Rows: what is said around the attack. Columns: how it is written. Share of queries that reached their goal, and how many there were." }
                (heat(&figures.heat))
                h2 { "By search and disguise" }
                (heat(&figures.heat_of_strategies))
                h2 { "Goals" }
                (goals_table(figures))
                h2 { "Mutators" }
                (mutators(&figures.mutators))
                h2 { "What reached its goal" }
                @for goal in &figures.goals { (evidence(goal)) }
            }
        }
    };
    page.into_string()
}

/// A table whose cells are the redder, the more got through.
fn heat(cells: &BTreeMap<Cell, Count>) -> Markup {
    let rows: BTreeSet<&str> = cells.keys().map(|(row, _)| *row).collect();
    let columns: BTreeSet<&str> = cells.keys().map(|(_, column)| *column).collect();
    html! {
        table class="heat" {
            tr { th {} @for column in &columns { th scope="col" { (column) } } }
            @for row in &rows {
                tr {
                    th scope="row" { (row) }
                    @for column in &columns { (heat_cell(cells.get(&(row, column)))) }
                }
            }
        }
    }
}

fn heat_cell(count: Option<&Count>) -> Markup {
    let Some(count) = count.filter(|count| count.tried > 0) else {
        return html! { td class="none" { "–" } };
    };
    // From white to red, dark text on all of it.
    let rest = 245 - (count.share() * 150.0) as u8;
    html! {
        td style=(format!("background:rgb(250,{rest},{rest})")) title=(format!("{} of {}", count.reached, count.tried)) {
            (percent(count.share())) " " span class="dim" { "/" (count.tried) }
        }
    }
}

fn goals_table(figures: &Figures) -> Markup {
    html! {
        table {
            tr { th { "goal" } th { "OWASP" } th { "ATLAS" } th { "" } th { "through" } th { "tries" } th { "no answer" } th { "shortest way" } }
            @for goal in &figures.goals {
                tr {
                    td { (goal.id) }
                    td { (visible(&goal.owasp)) }
                    td { (visible(&goal.atlas.join(", "))) }
                    td {
                        @if goal.reached_by.is_some() { span class="reached" { "reached" } }
                        @else if goal.count.tried == 0 { "not answered" }
                        @else { span class="withstood" { "withstood" } }
                    }
                    td { (goal.count.reached) }
                    td { (goal.count.tried) }
                    td { (goal.failed) }
                    td { @if let Some(reach) = &goal.reached_by { (chain(&reach.chain)) } }
                }
            }
        }
    }
}

fn mutators(of: &BTreeMap<&'static str, Count>) -> Markup {
    let mut sorted: Vec<(&&str, &Count)> = of.iter().collect();
    sorted.sort_by(|a, b| b.1.share().total_cmp(&a.1.share()).then(a.0.cmp(b.0)));
    html! {
        table {
            tr { th { "mutator" } th { "tries with it" } th { "got through" } }
            @for (name, count) in sorted { tr { td { (name) } td { (count.tried) } td { (percent(count.share())) } } }
        }
    }
}

fn evidence(goal: &GoalFigure) -> Markup {
    let Some(reach) = &goal.reached_by else { return Markup::default() };
    html! {
        details {
            summary { b { (goal.id) } " " span class="dim" { (super::how(reach)) } }
            pre { (visible(&reach.prompt)) }
            pre { (visible(&reach.said)) }
        }
    }
}
