//! What is going on, on stderr: a spinner on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use guard_collect::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows phases as they begin.
pub struct Phases {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Phases {
    /// For this process's stderr; `quiet` shows nothing.
    pub fn new(quiet: bool) -> Phases {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            bar.set_style(style);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Phases { bar, quiet }
    }

    /// Takes the spinner away, before a report is printed.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Phases {
    fn phase(&self, name: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(name.to_owned()),
            // Nobody is there to read it when stderr is gone.
            None if !self.quiet => drop(writeln!(std::io::stderr(), "guard: {name} …")),
            None => {}
        }
    }
}
