//! Where the product's time comes from: this machine, or in test builds the simulator's clock.
//!
//! Test builds follow a file that holds the simulator's time (microseconds since 1970-01-01 UTC, eight bytes, little
//! endian), also in child processes. Release builds refuse that: time that someone else sets is no time to keep records by.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use halo_client::{Clock, SystemClock};

/// Environment variable with the path of the file to follow.
pub const CLOCK_FILE_VARIABLE: &str = "HALOSCOPE_TEST_CLOCK_FILE";

/// Why there is no clock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// A release build was told to follow a file.
    #[error("this is a release build, which does not follow a test clock: unset `{CLOCK_FILE_VARIABLE}`")]
    Refused,
    /// The file cannot be read.
    #[error("the clock file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The clock that the environment asks for; this machine's if it asks for none.
///
/// # Errors
/// See [`ClockError`].
pub fn from_environment() -> Result<Arc<dyn Clock>, ClockError> {
    chosen(std::env::var_os(CLOCK_FILE_VARIABLE).map(PathBuf::from))
}

fn chosen(file: Option<PathBuf>) -> Result<Arc<dyn Clock>, ClockError> {
    match file {
        None => Ok(Arc::new(SystemClock::new())),
        #[cfg(debug_assertions)]
        Some(path) => Ok(Arc::new(follow::FileClock::open(path)?)),
        #[cfg(not(debug_assertions))]
        Some(_) => Err(ClockError::Refused),
    }
}

#[cfg(debug_assertions)]
mod follow {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::FileExt as _;
    use std::path::PathBuf;
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::time::{Duration, SystemTime};

    use halo_client::Clock;

    use super::ClockError;

    /// Age of the file that is added to the time in it: while time runs by itself, it is written only now and then. While
    /// time stands, it is not added for longer than this.
    const MOST_AGE: Duration = Duration::from_millis(50);
    /// Between two looks at the file of one who sleeps.
    const LOOK: Duration = Duration::from_millis(5);

    /// Follows a clock file. Time never goes back, whatever the file says.
    #[derive(Clone)]
    pub(super) struct FileClock(Arc<Followed>);

    struct Followed {
        file: File,
        start: i64,
        latest: AtomicI64,
    }

    impl FileClock {
        pub(super) fn open(path: PathBuf) -> Result<Self, ClockError> {
            let opened = File::open(&path).and_then(|file| Ok((read(&file)?, file)));
            let (start, file) = opened.map_err(|source| ClockError::Unreadable { path, source })?;
            Ok(Self(Arc::new(Followed { file, start, latest: AtomicI64::new(start) })))
        }
    }

    fn read(file: &File) -> io::Result<i64> {
        let written = file.metadata()?.modified()?;
        let mut bytes = [0; 8];
        file.read_exact_at(&mut bytes, 0)?;
        let age = SystemTime::now().duration_since(written).unwrap_or_default().min(MOST_AGE);
        let age = i64::try_from(age.as_micros()).expect("the age is 50 ms at most");
        Ok(i64::from_le_bytes(bytes).saturating_add(age))
    }

    impl Clock for FileClock {
        fn now_micros(&self) -> i64 {
            // Of a file that went away, the last time counts.
            let now = read(&self.0.file).unwrap_or(i64::MIN);
            self.0.latest.fetch_max(now, Ordering::SeqCst).max(now)
        }

        fn monotonic(&self) -> Duration {
            Duration::from_micros(u64::try_from(self.now_micros() - self.0.start).unwrap_or(0))
        }

        fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
            let clock = self.clone();
            let end = clock.monotonic().saturating_add(time);
            Box::pin(async move {
                while clock.monotonic() < end {
                    tokio::time::sleep(LOOK).await;
                }
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn follows_steps_and_never_goes_back() {
            let file = tempfile::NamedTempFile::new().unwrap();
            let set = |micros: i64| file.as_file().write_all_at(&micros.to_le_bytes(), 0).unwrap();
            let path = || file.path().to_owned();
            assert!(matches!(FileClock::open(path()), Err(ClockError::Unreadable { .. })), "an empty file is no time");
            set(1_000_000_000);
            let clock = FileClock::open(path()).unwrap();
            let started = clock.now_micros();
            assert!((1_000_000_000..=1_000_050_000).contains(&started), "{started}");
            let sleep = tokio::spawn(clock.sleep(Duration::from_secs(3_600)));
            set(1_000_000_000 + 3_700_000_000);
            sleep.await.unwrap();
            assert!(clock.monotonic() >= Duration::from_secs(3_600));
            let latest = clock.now_micros();
            set(5);
            assert!(clock.now_micros() >= latest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_clock_file_is_never_ignored() {
        let error = chosen(Some("no such file".into())).map(|_| ()).unwrap_err();
        assert_eq!(matches!(error, ClockError::Refused), !cfg!(debug_assertions), "{error}");
        assert!((chosen(None).unwrap().now_micros() - SystemClock::new().now_micros()).abs() < 60_000_000);
    }
}
