//! Figures as a picture: recall by source, and how true the scores are.

use anyhow::Context as _;
use plotters::prelude::*;

use super::figure::Measured;

const SIZE: (u32, u32) = (960, 560);
const BAR: RGBColor = RGBColor(46, 94, 170);
const PALE: RGBColor = RGBColor(160, 190, 230);

/// Draws an SVG.
pub(super) fn draw(measured: &Measured) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        area.fill(&WHITE).context("the chart cannot be drawn")?;
        let (left, right) = area.split_horizontally(SIZE.0 / 2);
        recall(&left, measured).map_err(|error| anyhow::anyhow!("the chart of recall: {error}"))?;
        truth(&right, measured).map_err(|error| anyhow::anyhow!("the chart of scores: {error}"))?;
        area.present().context("the chart cannot be drawn")?;
    }
    Ok(svg)
}

type Area<'s> = DrawingArea<SVGBackend<'s>, plotters::coord::Shift>;
type Drawn = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Recall at 5 % (pale) and 1 % false positives.
fn recall(area: &Area<'_>, measured: &Measured) -> Drawn {
    let names: Vec<&String> = measured.attacks.keys().collect();
    let mut chart = ChartBuilder::on(area)
        .caption("Recall at 1 % and 5 % false positives", ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(110)
        .build_cartesian_2d(0.0..1.0, 0.0..names.len().max(1) as f64)?;
    let name = |at: &f64| {
        names.get(*at as usize).filter(|_| at.fract() < 0.01).map_or_else(String::new, |name| (*name).clone())
    };
    chart.configure_mesh().disable_y_mesh().y_labels(names.len()).y_label_formatter(&name).draw()?;
    let bar = |at: usize, to: f64, color: RGBColor| {
        Rectangle::new([(0.0, at as f64 + 0.15), (to, at as f64 + 0.85)], color.filled())
    };
    let attacks = || measured.attacks.values().enumerate();
    chart.draw_series(attacks().map(|(at, attacks)| bar(at, attacks.recall_5, PALE)))?;
    chart.draw_series(attacks().map(|(at, attacks)| bar(at, attacks.recall_1, BAR)))?;
    Ok(())
}

/// The share of harmful texts by score, and where it would be if scores were true.
fn truth(area: &Area<'_>, measured: &Measured) -> Drawn {
    let mut chart = ChartBuilder::on(area)
        .caption("Harmful texts by score", ("sans-serif", 16))
        .margin(12)
        .x_label_area_size(30)
        .y_label_area_size(40)
        .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
    chart.configure_mesh().x_labels(6).y_labels(6).draw()?;
    chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], PALE))?;
    let bins = measured.bins.iter().enumerate().filter(|(_, (texts, _))| *texts > 0);
    let points: Vec<(f64, f64)> = bins.map(|(bin, (_, share))| (bin as f64 / 10.0 + 0.05, *share)).collect();
    chart.draw_series(LineSeries::new(points.clone(), BAR))?;
    chart.draw_series(points.into_iter().map(|point| Circle::new(point, 4, BAR.filled())))?;
    Ok(())
}
