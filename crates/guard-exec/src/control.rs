//! The run's hand on its children: the interrupt flag and the command log.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use guard_model::lab::SandboxReport;

use crate::{Cmd, ExecError, Exit};

/// Shared by all children of one run. Cloning gives another handle to the same run.
#[derive(Debug, Clone)]
pub struct Control {
    inner: Arc<Inner>,
    supervisor: Option<PathBuf>,
}

#[derive(Debug)]
struct Inner {
    interrupted: Arc<AtomicBool>,
    started: Instant,
    log: Mutex<Option<File>>,
    probed: OnceLock<SandboxReport>,
}

impl Default for Control {
    fn default() -> Self {
        Control::new()
    }
}

impl Control {
    /// A run without a command log, not interrupted.
    pub fn new() -> Control {
        let inner = Inner {
            interrupted: Arc::new(AtomicBool::new(false)),
            started: Instant::now(),
            log: Mutex::new(None),
            probed: OnceLock::new(),
        };
        Control { inner: Arc::new(inner), supervisor: None }
    }

    /// Writes one line for each command into `path` from now on: seconds since the start of the run,
    /// milliseconds taken, how it ended, directory, command, separated by tabs.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn log_commands(&self, path: &Path) -> Result<(), ExecError> {
        let file = File::options()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|e| ExecError::io(format!("cannot create the command log {}", path.display()), e))?;
        if let Ok(mut log) = self.inner.log.lock() {
            *log = Some(file);
        }
        Ok(())
    }

    /// Names the executable that confined children are started through: one that calls
    /// [`supervisor_main`](crate::supervisor_main) when its first argument is
    /// [`SUPERVISOR_ARG`](crate::SUPERVISOR_ARG). Without this call it is the running executable.
    #[must_use]
    pub fn supervisor(mut self, executable: impl Into<PathBuf>) -> Control {
        self.supervisor = Some(executable.into());
        self
    }

    /// Ends every running child with its tree; children started later end at once.
    pub fn interrupt(&self) {
        self.inner.interrupted.store(true, Ordering::SeqCst);
    }

    /// True after [`Control::interrupt`] or a signal.
    pub fn is_interrupted(&self) -> bool {
        self.inner.interrupted.load(Ordering::SeqCst)
    }

    /// Lets SIGINT, SIGTERM and SIGHUP set the interrupt flag instead of killing guard; a second one
    /// kills it after all.
    ///
    /// # Errors
    /// When the system refuses to register the handlers.
    pub fn interrupt_on_signals(&self) -> io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        #[cfg(unix)]
        let signals = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
        #[cfg(not(unix))]
        let signals = [SIGINT, SIGTERM];
        for signal in signals {
            signal_hook::flag::register_conditional_default(signal, self.inner.interrupted.clone())?;
            signal_hook::flag::register(signal, self.inner.interrupted.clone())?;
        }
        Ok(())
    }

    /// What the sandbox is worth here; `measure` is called once.
    pub(crate) fn probed(
        &self,
        measure: impl FnOnce() -> Result<SandboxReport, ExecError>,
    ) -> Result<SandboxReport, ExecError> {
        if let Some(report) = self.inner.probed.get() {
            return Ok(report.clone());
        }
        let report = measure()?;
        Ok(self.inner.probed.get_or_init(|| report).clone())
    }

    /// The executable that plays guard's other parts inside the sandbox.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub fn own_program(&self) -> io::Result<PathBuf> {
        match &self.supervisor {
            Some(path) => Ok(path.clone()),
            None => std::env::current_exe(),
        }
    }

    /// One line into the command log. A full disk there must not end the run.
    pub(crate) fn note(&self, cmd: &Cmd, exit: Result<Exit, &ExecError>, took: Duration) {
        let Ok(mut log) = self.inner.log.lock() else { return };
        let Some(file) = log.as_mut() else { return };
        let end = match exit {
            Ok(exit) => exit.to_string(),
            Err(error) => error.to_string(),
        };
        let line = format!(
            "{:.3}\t{}\t{end}\t{}\t{}\n",
            self.inner.started.elapsed().as_secs_f64(),
            took.as_millis(),
            cmd.cwd().display(),
            cmd.display().escape_debug_newlines(),
        );
        let _ = file.write_all(line.as_bytes());
    }
}

/// Keeps a log line one line.
trait OneLine {
    fn escape_debug_newlines(&self) -> String;
}

impl OneLine for String {
    fn escape_debug_newlines(&self) -> String {
        self.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
    }
}
