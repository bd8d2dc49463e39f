//! Databases of older releases become what this release expects.

use std::collections::BTreeSet;

use countersign::authority::{
    account, directory, keyring, mailbox,
    migration::{Migrated, Migration, migrate},
    store::{Store, sqlite::Sqlite},
};

/// What the database is made of: the text of each table and index, white space aside.
fn shape(store: &Sqlite) -> BTreeSet<String> {
    let rows = store
        .run("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL", &[])
        .unwrap();
    let text = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
    rows.iter().map(|row| text(row.text(0).unwrap())).collect()
}

#[test]
fn every_place_comes_from_every_older_version_to_the_same_tables() {
    let places: [(&str, &[Migration]); 4] = [
        ("account", account::MIGRATIONS),
        ("directory", directory::MIGRATIONS),
        ("keyring", keyring::MIGRATIONS),
        ("mailbox", mailbox::MIGRATIONS),
    ];
    for (place, migrations) in places {
        let fresh = Sqlite::in_memory().unwrap();
        migrate(&fresh, migrations).unwrap();
        assert!(shape(&fresh).len() > 1, "{place}");
        for from in 0..=migrations.len() {
            let old = Sqlite::in_memory().unwrap();
            migrate(&old, &migrations[..from]).unwrap();
            let to = migrations.len();
            assert_eq!(
                migrate(&old, migrations),
                Ok(Migrated { from, to }),
                "{place}"
            );
            assert_eq!(shape(&old), shape(&fresh), "{place} from {from}");
        }
    }
}

/// A person of the first release is still there, and still signed in, after every later one.
#[test]
fn what_the_first_release_stored_is_still_read() {
    let store = Sqlite::in_memory().unwrap();
    migrate(&store, &account::MIGRATIONS[..1]).unwrap();
    for sql in [
        "INSERT INTO person (one, request, username, email, display_name, password, created_at)
         VALUES (1, zeroblob(16), 'ada', 'ada@example.com', 'Ada', '', 5)",
        "INSERT INTO sessions VALUES (zeroblob(32), 1, 2, 3, '192.0.2.1', 'a browser')",
        "INSERT INTO audit (at, kind, actor, actor_id, subject, address, detail)
         VALUES (1, 'signed_up', 'owner', '', '', '', '')",
        "INSERT INTO limits VALUES ('sign_in_failure', '', 9)",
        "INSERT INTO one_time_secrets (hash, kind, subject, binding, payload, issued_at, expires_at)
         VALUES (zeroblob(32), 'code', 'agent', 'github', x'', 1, 2)",
    ] {
        store.run(sql, &[]).unwrap();
    }
    migrate(&store, account::MIGRATIONS).unwrap();
    for sql in [
        "SELECT 1 FROM person WHERE username = 'ada' AND created_at = 5",
        "SELECT 1 FROM sessions WHERE seen_at = 2",
        "SELECT 1 FROM audit WHERE kind = 'signed_up'",
        "SELECT 1 FROM limits WHERE full_at = 9",
        "SELECT 1 FROM one_time_secrets WHERE binding = 'github' AND spent_at IS NULL",
    ] {
        assert_eq!(store.run(sql, &[]).unwrap().len(), 1, "{sql}");
    }
}
