// This Source Code Form is subject to the terms of the Mozilla Public
// License, v. 2.0. If a copy of the MPL was not distributed with this
// file, You can obtain one at https://mozilla.org/MPL/2.0/.

//! Tasks, priorities and slots as a picture.

use crate::config::App;
use std::collections::BTreeMap;
use std::fmt::Write;

/// For Graphviz: tasks of one priority in one rank, an edge per slot.
pub fn dot(app: &App) -> String {
    let mut text = String::from("digraph tasks {\n  rankdir = BT;\n");
    text.push_str("  node [shape = box, fontname = \"sans-serif\"];\n");
    for (priority, names) in ranks(app) {
        let names: Vec<_> =
            names.iter().map(|name| format!("\"{name}\"")).collect();
        let _ = writeln!(
            text,
            "  {{ rank = same; {}; }} // priority {priority}",
            names.join("; ")
        );
    }
    for (caller, callee, slot) in slots(app) {
        let label = match slot == callee {
            true => String::new(),
            false => format!(" [label = \"{slot}\"]"),
        };
        let _ = writeln!(text, "  \"{caller}\" -> \"{callee}\"{label};");
    }
    text.push_str("}\n");
    text
}

const BOX_WIDTH: usize = 130;
const BOX_HEIGHT: usize = 40;
const GAP: usize = 40;
const ROW: usize = 100;
/// How far an arrow bends out for each row that it passes.
const DETOUR: usize = 24;
/// Room for the priorities on the left.
const MARGIN: usize = 90;

/// As a drawing: the most important task on top, an arrow from each task to
/// those it may call.
pub fn svg(app: &App) -> String {
    let ranks = ranks(app);
    let columns = ranks.values().map(Vec::len).max().unwrap_or(1);
    // On the right there is room for the widest detour.
    let width =
        MARGIN + columns * (BOX_WIDTH + GAP) + GAP + ranks.len() * DETOUR;
    let height = ranks.len() * ROW + GAP;

    // Centres of the boxes.
    let mut places: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (row, names) in ranks.values().enumerate() {
        let free = (columns - names.len()) * (BOX_WIDTH + GAP);
        for (column, name) in names.iter().enumerate() {
            let x = MARGIN
                + GAP
                + free / 2
                + column * (BOX_WIDTH + GAP)
                + BOX_WIDTH / 2;
            places.insert(name, (x, GAP + row * ROW + BOX_HEIGHT / 2));
        }
    }

    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" \
         height=\"{height}\" font-family=\"sans-serif\" font-size=\"14\">\n\
         <title>{}</title>\n\
         <defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" \
         refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0L10 5L0 10z\" fill=\"#555\"/>\
         </marker></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        escape(&app.toml.name)
    );
    for (caller, callee, slot) in slots(app) {
        let (path, (x, y)) = arrow(places[caller], places[callee]);
        let _ = writeln!(
            text,
            "<path d=\"{path}\" fill=\"none\" stroke=\"#555\" \
             marker-end=\"url(#arrow)\"/>"
        );
        if slot != callee {
            let _ = writeln!(
                text,
                "<text x=\"{x}\" y=\"{y}\" font-size=\"11\" \
                 fill=\"#555\">{}</text>",
                escape(slot)
            );
        }
    }
    for (row, priority) in ranks.keys().enumerate() {
        let _ = writeln!(
            text,
            "<text x=\"10\" y=\"{}\" fill=\"#555\">priority {priority}\
             </text>",
            GAP + row * ROW + BOX_HEIGHT / 2 + 5
        );
    }
    for (name, (x, y)) in &places {
        let _ = writeln!(
            text,
            "<rect x=\"{}\" y=\"{}\" width=\"{BOX_WIDTH}\" \
             height=\"{BOX_HEIGHT}\" rx=\"6\" fill=\"#e8f0fa\" \
             stroke=\"#345\"/>\
             <text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x - BOX_WIDTH / 2,
            y - BOX_HEIGHT / 2,
            y + 5,
            escape(name)
        );
    }
    text.push_str("</svg>\n");
    text
}

/// A curve from one box up to another. An arrow to the next row goes straight
/// from the top of one to the bottom of the other; one that passes rows, or
/// leads back to its own box, bends out on the right so as not to cross boxes.
///
/// Returns its path, and where a label goes.
fn arrow(from: (usize, usize), to: (usize, usize)) -> (String, (usize, usize)) {
    let half = BOX_HEIGHT / 2;
    let rows = from.1.abs_diff(to.1) / ROW;
    let middle = usize::midpoint(from.1, to.1);
    if rows == 1 {
        let (start, end) = (from.1 - half, to.1 + half);
        let path = format!(
            "M{} {start} C{} {middle} {} {middle} {} {end}",
            from.0, from.0, to.0, to.0
        );
        return (path, (usize::midpoint(from.0, to.0) + 6, middle));
    }
    let (start, end) = (from.0 + BOX_WIDTH / 2, to.0 + BOX_WIDTH / 2);
    let out = start.max(end) + (rows + 1) * DETOUR;
    // Apart from each other when they leave and arrive on one box.
    let (low, high) = (from.1 + half / 2, to.1 - half / 2);
    let path = format!("M{start} {low} C{out} {low} {out} {high} {end} {high}");
    (path, (out, middle))
}

fn ranks(app: &App) -> BTreeMap<u8, Vec<&str>> {
    let mut ranks: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
    for (name, task) in &app.toml.tasks {
        ranks.entry(task.priority).or_default().push(name);
    }
    ranks
}

/// Caller, callee and slot name of every slot.
fn slots(app: &App) -> impl Iterator<Item = (&str, &str, &str)> {
    app.toml.tasks.iter().flat_map(|(caller, task)| {
        task.task_slots.iter().map(move |(slot, callee)| {
            (caller.as_str(), callee.as_str(), slot.as_str())
        })
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sample::{APP, Repository};

    fn app() -> App {
        let slots = "[\"jefe\", { me = \"driver\" }]";
        Repository::new(&APP.replace("[\"jefe\"]", slots))
            .load()
            .unwrap()
    }

    #[test]
    fn the_graph_has_an_edge_for_every_slot() {
        insta::assert_snapshot!(dot(&app()), @r#"
        digraph tasks {
          rankdir = BT;
          node [shape = box, fontname = "sans-serif"];
          { rank = same; "jefe"; } // priority 0
          { rank = same; "driver"; } // priority 1
          { rank = same; "idle"; } // priority 3
          "driver" -> "jefe";
          "driver" -> "driver" [label = "me"];
        }
        "#);
    }

    #[test]
    fn the_drawing_has_a_box_for_every_task_and_an_arrow_for_every_slot() {
        let svg = svg(&app());
        assert_eq!(svg.matches("<rect x=").count(), 3);
        assert_eq!(svg.matches("marker-end=").count(), 2);
        assert!(svg.contains(">me</text>"), "{svg}");
    }
}
