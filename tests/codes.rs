//! The table of codes as TypeScript and as a page, both generated and checked in.
//! `COUNTERSIGN_REWRITE=1 cargo test --test codes` writes them again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    missing_docs,
    reason = "tests fail by panicking, and run where std is"
)]

#[path = "support/golden.rs"]
mod golden;

use countersign::jose::error::{Part, Reason};
use golden::assert_current;
use std::fmt::Write as _;

#[test]
fn the_typescript_table_is_current() {
    let mut ts = String::from(
        "// Generated from src/jose/error/table.rs by `COUNTERSIGN_REWRITE=1 cargo test --test codes`.\n\n\
         /** Who must act for a refusal to go away. */\n\
         export type Blame = 'caller' | 'bearer' | 'issuer'\n\n\
         /** The shape of the number that comes with a code. */\n\
         export type DetailKind = 'none' | 'place' | 'index' | 'seconds'\n\n",
    );
    let parts: Vec<_> = Part::ALL
        .iter()
        .map(|part| format!("'{}'", part.name()))
        .collect();
    writeln!(
        ts,
        "/** The texts in which a place counts, by the number in its high half. */\n\
         export const parts = [{}] as const\n",
        parts.join(", ")
    )
    .unwrap();
    ts.push_str(
        "/** Every refusal: code, who must act, shape of the detail, what is wrong, what to do. */\n\
         export const table = [\n",
    );
    for reason in Reason::ALL {
        let row = reason.row();
        writeln!(
            ts,
            "  ['{}', '{}', '{}', {:?}, {:?}],",
            row.code,
            row.blame.name(),
            row.detail.name(),
            row.what,
            row.remedy
        )
        .unwrap();
    }
    ts.push_str(
        "] as const satisfies readonly (readonly [string, Blame, DetailKind, string, string])[]\n\n\
         /** A stable code. */\n\
         export type Code = (typeof table)[number][0]\n",
    );
    assert_current("pkg/src/codes.ts", &ts, "--test codes");
}

/// What the npm package says beside the codes of the table, where it judges nothing. The test of
/// its types holds that these are all.
const UNJUDGED: &str = r#"
## Where nothing was judged

The package in TypeScript fetches keys and lists. Where they cannot be had, the answer is
`unavailable`, which is no refusal: 503, and ask again after `retryAfter` seconds.

| code | what happened |
|---|---|
| `keys_unreachable` | Nobody answered where the keys or the issuer's metadata are, or not in time. |
| `keys_status` | The answer was another than 200. |
| `keys_malformed` | The answer was no usable key set, or no metadata of this issuer. |
| `status_list_unreachable` | Nobody answered where the status list is, or not in time. |
| `status_list_status` | The answer was another than 200. |
| `status_list_unusable` | The answer was no list of this issuer, or one that is out of date. |

Options that are none throw a `TypeError`, whose `option` says which it is, as in `allow.untyped`:

| code | what is wrong |
|---|---|
| `option_unknown` | There is no option of this name: the check that it stands for would not be made. |
| `option_invalid` | The option is of another type, or beyond its bounds. |
"#;

#[test]
fn the_page_is_current() {
    let mut page = String::from(
        "# Codes\n\n\
         Each refusal has one stable code, the same in Rust and in TypeScript. *Who* must act: the\n\
         **caller** of this library, the **bearer** who presented the token or code, the **issuer** of\n\
         token and keys. This page is generated from `src/jose/error/table.rs`.\n\n\
         | code | who | what is wrong | what to do | clause |\n|---|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let row = reason.row();
        writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            row.code,
            row.blame.name(),
            row.what,
            row.remedy,
            row.clause
        )
        .unwrap();
    }
    page.push_str(UNJUDGED);
    assert_current("docs/codes.md", &page, "--test codes");
}
