//! The table on standard output.

use super::{Report, how, percent};
use crate::cli::output::{BAD, DIM, GOOD, STRONG, line};

/// Prints a line a goal, and the sum.
pub(crate) fn terminal(report: &Report<'_>) -> anyhow::Result<()> {
    let figures = &report.figures;
    line(format_args!("{STRONG}{}{STRONG:#}\n", super::visible(&report.target)))?;
    for goal in &figures.goals {
        let (style, word) = match &goal.reached_by {
            Some(_) => (BAD, "reached"),
            None if goal.count.tried == 0 => (DIM, "not answered"),
            None => (GOOD, "withstood"),
        };
        let how = goal.reached_by.as_ref().map(how).unwrap_or_default();
        let (reached, tried) = (goal.count.reached, goal.count.tried);
        line(format_args!("{style}{word:<12}{style:#} {:<22} {reached:>4} of {tried:<5} {DIM}{how}{DIM:#}", goal.id))?;
    }
    let (goals, queries) = (figures.goals_reached, figures.count);
    line(format_args!(
        "\n{STRONG}{} of {} goals reached{STRONG:#}; {} of {} queries got through ({}), {} had no answer",
        goals.reached,
        goals.tried,
        queries.reached,
        queries.tried,
        percent(queries.share()),
        figures.failed
    ))
}
