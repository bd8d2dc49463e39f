//! Files that are generated from the code, checked in, and held against it.

use std::path::Path;

/// Panics where the file at `path`, from the project's root, is not `wanted`; writes it first
/// where `COUNTERSIGN_REWRITE` is set. `tests` is what to give to `cargo test` for that.
pub(crate) fn assert_current(path: &str, wanted: &str, tests: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("COUNTERSIGN_REWRITE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, wanted).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == wanted,
        "{path} is stale: run `COUNTERSIGN_REWRITE=1 cargo test {tests}`"
    );
}
