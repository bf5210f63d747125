//! Icons as strokes on a grid of 16 points.

use std::f32::consts::{PI, TAU};

use egui::{Color32, Painter, Pos2, Shape, Stroke, pos2, vec2};

use crate::theme;

/// The icons of commands and small signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Icon {
    /// Add.
    Plus,
    /// Resume.
    Play,
    /// Pause.
    Pause,
    /// Cancel, close.
    Cross,
    /// Begin again.
    Retry,
    /// Do not wait any longer.
    Skip,
    /// Take away.
    Bin,
    /// Change.
    Pencil,
    /// Open the folder.
    Folder,
    /// Search.
    Search,
    /// Ticked, done.
    Tick,
    /// Partly ticked.
    Minus,
    /// Sorted upwards.
    SortUp,
    /// Sorted downwards.
    SortDown,
    /// A menu of more.
    More,
    /// Copy.
    Copy,
    /// Help.
    Question,
    /// To the light theme.
    Sun,
    /// To the dark theme.
    Moon,
}

impl Icon {
    /// Paints it around `center`, in a square of `size` points.
    pub(crate) fn paint(self, painter: &Painter, center: Pos2, size: f32, color: Color32) {
        let pen = Pen {
            painter,
            center,
            scale: size / 16.0,
            color,
        };
        match self {
            Self::Plus => {
                pen.line(&[(8.0, 3.0), (8.0, 13.0)]);
                pen.line(&[(3.0, 8.0), (13.0, 8.0)]);
            }
            Self::Play => pen.filled(&[(5.0, 3.5), (12.5, 8.0), (5.0, 12.5)]),
            Self::Pause => {
                pen.filled(&[(4.5, 3.5), (7.0, 3.5), (7.0, 12.5), (4.5, 12.5)]);
                pen.filled(&[(9.0, 3.5), (11.5, 3.5), (11.5, 12.5), (9.0, 12.5)]);
            }
            Self::Cross => {
                pen.line(&[(4.0, 4.0), (12.0, 12.0)]);
                pen.line(&[(12.0, 4.0), (4.0, 12.0)]);
            }
            Self::Retry => {
                pen.arc((8.0, 8.3), 4.9, -0.22 * PI, 1.36 * PI);
                pen.line(&[(12.4, 2.6), (12.4, 5.6), (9.4, 5.6)]);
            }
            Self::Skip => {
                pen.filled(&[(3.5, 3.5), (10.0, 8.0), (3.5, 12.5)]);
                pen.line(&[(12.0, 3.8), (12.0, 12.2)]);
            }
            Self::Bin => {
                pen.line(&[(3.0, 4.6), (13.0, 4.6)]);
                pen.line(&[(6.2, 4.4), (6.6, 2.8), (9.4, 2.8), (9.8, 4.4)]);
                pen.line(&[(4.3, 4.8), (4.9, 13.0), (11.1, 13.0), (11.7, 4.8)]);
            }
            Self::Pencil => {
                pen.line(&[
                    (3.5, 12.5),
                    (4.2, 9.6),
                    (10.4, 3.4),
                    (12.6, 5.6),
                    (6.4, 11.8),
                    (3.5, 12.5),
                ]);
                pen.line(&[(9.0, 4.8), (11.2, 7.0)]);
            }
            Self::Folder => pen.line(&[
                (2.5, 12.5),
                (2.5, 4.0),
                (6.3, 4.0),
                (7.8, 5.8),
                (13.5, 5.8),
                (13.5, 12.5),
                (2.5, 12.5),
            ]),
            Self::Search => {
                pen.arc((7.0, 7.0), 4.2, 0.0, TAU);
                pen.line(&[(10.2, 10.2), (13.5, 13.5)]);
            }
            Self::Tick => pen.line(&[(3.5, 8.4), (6.7, 11.4), (12.5, 4.8)]),
            Self::Minus => pen.line(&[(4.0, 8.0), (12.0, 8.0)]),
            Self::SortUp => pen.line(&[(4.5, 9.8), (8.0, 6.3), (11.5, 9.8)]),
            Self::SortDown => pen.line(&[(4.5, 6.3), (8.0, 9.8), (11.5, 6.3)]),
            Self::More => {
                for x in [3.5, 8.0, 12.5] {
                    pen.filled(&[
                        (x - 1.1, 6.9),
                        (x + 1.1, 6.9),
                        (x + 1.1, 9.1),
                        (x - 1.1, 9.1),
                    ]);
                }
            }
            Self::Copy => {
                pen.line(&[
                    (6.0, 5.5),
                    (13.0, 5.5),
                    (13.0, 13.5),
                    (6.0, 13.5),
                    (6.0, 5.5),
                ]);
                pen.line(&[(3.5, 10.5), (3.5, 3.0), (10.0, 3.0)]);
            }
            Self::Question => {
                pen.arc((8.0, 5.8), 3.0, -PI, 0.5 * PI);
                pen.line(&[(8.0, 8.8), (8.0, 10.2)]);
                pen.line(&[(8.0, 12.0), (8.0, 13.2)]);
            }
            Self::Sun => {
                pen.arc((8.0, 8.0), 2.9, 0.0, TAU);
                for ray in 0..8_u8 {
                    let angle = f32::from(ray) * TAU / 8.0;
                    let (x, y) = (angle.cos(), angle.sin());
                    pen.line(&[
                        (8.0 + 5.0 * x, 8.0 + 5.0 * y),
                        (8.0 + 6.6 * x, 8.0 + 6.6 * y),
                    ]);
                }
            }
            // Two arcs between the same two points: the round back, and the inner edge.
            Self::Moon => {
                pen.arc((8.0, 8.0), 5.6, 0.02 * PI, 1.48 * PI);
                pen.arc((10.6, 5.3), 4.0, 0.22 * PI, 1.26 * PI);
            }
        }
    }
}

/// Draws on the grid.
pub(super) struct Pen<'painter> {
    pub(super) painter: &'painter Painter,
    pub(super) center: Pos2,
    pub(super) scale: f32,
    pub(super) color: Color32,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.center + vec2(x - 8.0, y - 8.0) * self.scale
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(theme::ICON_STROKE, self.color)
    }

    /// A line through the points.
    pub(super) fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&point| self.at(point)).collect();
        self.painter.line(points, self.stroke());
    }

    /// A convex shape between the points.
    pub(super) fn filled(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&point| self.at(point)).collect();
        self.painter
            .add(Shape::convex_polygon(points, self.color, Stroke::NONE));
    }

    /// A part of a circle, from one angle to another, clockwise from the right.
    pub(super) fn arc(&self, center: (f32, f32), radius: f32, from: f32, to: f32) {
        const STEPS: u8 = 28;
        let center = self.at(center);
        let points = (0..=STEPS).map(|step| {
            let angle = from + (to - from) * f32::from(step) / f32::from(STEPS);
            center + vec2(angle.cos(), angle.sin()) * radius * self.scale
        });
        self.painter.line(points.collect(), self.stroke());
    }

    /// A circle around the middle of the grid.
    pub(super) fn ring(&self, radius: f32) {
        self.painter
            .circle_stroke(self.at((8.0, 8.0)), radius * self.scale, self.stroke());
    }

    /// A disc around the middle of the grid, in a colour of its own.
    pub(super) fn disc(&self, radius: f32, color: Color32) {
        self.painter.circle_filled(
            pos2(self.center.x, self.center.y),
            radius * self.scale,
            color,
        );
    }
}
