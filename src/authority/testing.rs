//! What the unit tests of the authority stand on.

use super::{Provided, Settings, Timestamp, World};

/// A development deployment's settings.
pub(crate) fn settings() -> Settings {
    Settings {
        public_origin: "https://auth.example".into(),
        master_secret: [7; 32],
        previous_master_secret: None,
        development: true,
        mail: None,
        operator_token: None,
    }
}

/// Runs `test` in a world of its own.
pub(crate) fn with_world<T>(test: impl FnOnce(&World<'_>) -> T) -> T {
    let (settings, provided) = (settings(), Provided::default());
    test(&World::new(
        Timestamp(1_800_000_000_000),
        [9; 32],
        &settings,
        None,
        &provided,
    ))
}

#[cfg(feature = "sqlite")]
pub(crate) use bench::Bench;

#[cfg(feature = "sqlite")]
mod bench {
    use core::cell::Cell;

    use super::settings;
    use crate::authority::{
        AccountId, Provided, Timestamp, World, account::Account, account::schema::MIGRATIONS,
        migration::migrate, store::sqlite::Sqlite,
    };

    /// One account on an empty database, and a clock that the test sets.
    pub(crate) struct Bench {
        pub(crate) store: Sqlite,
        pub(crate) id: AccountId,
        runs: Cell<u8>,
    }

    impl Bench {
        /// Where the clock of [`Bench::at`] begins.
        pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000);

        pub(crate) fn new() -> Self {
            let store = Sqlite::in_memory().unwrap();
            migrate(&store, MIGRATIONS).unwrap();
            Self {
                store,
                id: AccountId::from_random([5; 10]),
                runs: Cell::new(0),
            }
        }

        /// Runs a rule this many milliseconds after the start, with randomness of its own.
        pub(crate) fn at<T>(&self, after: i64, rule: impl FnOnce(&Account<'_>) -> T) -> T {
            self.runs.set(self.runs.get().wrapping_add(1));
            let (settings, provided) = (settings(), Provided::default());
            let seed = [self.runs.get(); 32];
            let world = World::new(Self::START.plus(after), seed, &settings, None, &provided);
            rule(&Account {
                id: self.id,
                store: &self.store,
                world: &world,
            })
        }
    }
}
