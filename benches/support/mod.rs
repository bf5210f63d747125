//! Shared by the benches of the window: frames without a screen, and the table they are compared
//! with.

use std::hint::black_box;
use std::time::{Duration, Instant};

use egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, RawInput, Rect, TouchPhase,
    Ui, vec2,
};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate};
use jobdeck::theme;

/// The first frames load fonts and lay out each text for the first time: not measured.
const FRAMES_LEFT_OUT: usize = 20;

/// A context without a screen.
pub(crate) struct Stage {
    pub(crate) ctx: Context,
    frames: u32,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        ctx.set_theme(egui::Theme::Dark);
        Self { ctx, frames: 0 }
    }

    /// The time of a frame with these events: input, layout, shapes and triangles.
    pub(crate) fn frame(&mut self, events: Vec<Event>, ui: impl FnMut(&mut Ui)) -> Duration {
        self.frames += 1;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(1280.0, 800.0))),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            ..RawInput::default()
        };
        let begun = Instant::now();
        let mut output = self.ctx.run_ui(input, ui);
        let shapes = std::mem::take(&mut output.shapes);
        black_box(self.ctx.tessellate(shapes, output.pixels_per_point));
        let elapsed = begun.elapsed();
        output.drop_without_applying_deltas();
        elapsed
    }
}

pub(crate) fn pointer() -> Event {
    Event::PointerMoved(Pos2::new(500.0, 400.0))
}

/// The wheel: a second down, a second up.
pub(crate) fn wheel(frame: usize) -> Event {
    let step = if (frame / 60).is_multiple_of(2) {
        -40.0
    } else {
        40.0
    };
    Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        source: MouseWheelSource::Trackpad,
        delta: vec2(0.0, step),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    }
}

/// Frees one large allocation, after which the allocator keeps the memory that a frame frees.
/// Before that, each frame also pays for fresh pages, and the first measurement would look worse
/// than the rest.
pub(crate) fn settle_allocator() {
    drop(black_box(vec![0_u8; 16 << 20]));
}

pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Shows frames of ours and of the peer in turn, and prints both medians and their ratio without
/// the first frames.
pub(crate) fn compare(
    name: &str,
    rows: usize,
    frames: usize,
    mut pair: impl FnMut(usize) -> [Duration; 2],
) {
    let mut times = [Vec::new(), Vec::new()];
    for frame in 0..FRAMES_LEFT_OUT + frames {
        let pair = pair(frame);
        if frame >= FRAMES_LEFT_OUT {
            for (times, time) in times.iter_mut().zip(pair) {
                times.push(time);
            }
        }
    }
    let [ours, bare] = times.map(median);
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    println!(
        "{rows:>8}  {name:>24}  {:>8} {:>8} {ratio:>6.2}",
        ours.as_micros(),
        bare.as_micros()
    );
}

/// The peer: eight columns of constant text.
pub(crate) struct Text {
    rows: usize,
    cells: Vec<String>,
}

impl Text {
    const COLUMNS: usize = 8;

    pub(crate) fn new(rows: usize) -> Self {
        Self {
            rows,
            cells: (0..97).map(|cell| format!("text of cell {cell}")).collect(),
        }
    }

    pub(crate) fn ui(&mut self, ui: &mut Ui) {
        let rows = self.rows as u64;
        Table::new()
            .id_salt("bare")
            .num_rows(rows)
            .headers([HeaderRow::new(theme::HEADER_HEIGHT)])
            .columns(vec![Column::new(150.0); Self::COLUMNS])
            .show(ui, self);
    }
}

impl TableDelegate for Text {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        ui.label(&self.cells[cell.col_range.start]);
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let index = usize::try_from(cell.row_nr).unwrap_or(0) * Self::COLUMNS + cell.col_nr;
        ui.label(&self.cells[index % self.cells.len()]);
    }

    fn default_row_height(&self) -> f32 {
        theme::ROW_HEIGHT
    }
}
