//! A door that breaks on purpose, for tests/edge: the feature `edge-test` opens it, and no
//! release has it.
#![allow(
    clippy::panic,
    reason = "to panic is what some of these routes are for"
)]
#![allow(
    clippy::unnecessary_wraps,
    reason = "every route has the type of a route"
)]

use alloc::{borrow::ToOwned, format, string::String, vec, vec::Vec};

use crate::{
    authority::{
        AccountId, Algorithm, Fault, Halt, Outbound, Outcome, World,
        account::Account,
        refusal::{MalformedBody, Refusal},
        store::{Parameter, Row, Value},
    },
    doors::{Door, Method, Request, Response, Route},
    mac::hex,
};

/// `/rehearsal`
pub(super) const DOOR: Door = Door {
    prefix: "/rehearsal",
    routes: &[
        Route::front(Method::Post, "/panic", |_, _| panic!("words of a panic")),
        Route::front(Method::Post, "/sign", sign),
        Route::front(Method::Post, "/fetch", fetch),
        Route::front(Method::Post, "/echo", echo),
        Route::account(Method::Get, "/{account}/values", locate, values),
        Route::account(Method::Post, "/{account}/write/{value}", locate, write),
        Route::account(Method::Post, "/{account}/panic/{value}", locate, panics),
        Route::account(Method::Post, "/{account}/fault/{value}", locate, faults),
        Route::account(Method::Post, "/{account}/refuse/{value}", locate, refuses),
        Route::account(Method::Post, "/{account}/need/{value}", locate, needs),
        Route::account(Method::Post, "/{account}/yield", locate, yields),
        Route::account(Method::Post, "/{account}/twice/{value}", locate, twice),
        Route::account(Method::Post, "/{account}/wake/{milliseconds}", locate, wake),
        Route::account(Method::Post, "/{account}/round-trip", locate, round_trip),
        Route::account(
            Method::Post,
            "/{account}/statement/{name}",
            locate,
            statement,
        ),
    ],
    halted: |_, halt| match halt {
        Halt::Refused(Refusal::MalformedBody(MalformedBody::TooLong { .. })) => Response::new(413),
        Halt::Refused(refusal) => Response::new(400).with_body("text/plain", refusal.code()),
        _ => Response::new(500).with_body("text/plain", "internal error"),
    },
    not_found: |_| Response::new(404),
    method_not_allowed: |_, allow| Response::new(405).with_header("allow", allow),
};

/// When a rehearsing account is woken, it forgets its values, unless one is stubborn.
pub(super) fn alarm(account: &Account<'_>) -> Outcome<()> {
    table(account)?;
    let values = account.store.run(
        "DELETE FROM rehearsal WHERE value <> 'stubborn' RETURNING value",
        &[],
    )?;
    let stubborn = account
        .store
        .first("SELECT 1 FROM rehearsal", &[])?
        .is_some();
    assert!(!stubborn, "an alarm that fails while {} wait", values.len());
    Ok(())
}

fn yields(account: &Account<'_>, _request: &Request) -> Outcome<Response> {
    table(account)?;
    account
        .store
        .run("DELETE FROM rehearsal WHERE value = 'stubborn'", &[])?;
    Ok(Response::new(204))
}

fn locate(request: &Request) -> Result<AccountId, Response> {
    AccountId::parse(request.parameter(0)).map_err(|_| Response::new(404))
}

fn table(account: &Account<'_>) -> Outcome<()> {
    account.store.run(
        "CREATE TABLE IF NOT EXISTS rehearsal (value TEXT PRIMARY KEY)",
        &[],
    )?;
    Ok(())
}

fn insert(account: &Account<'_>, request: &Request) -> Outcome<()> {
    table(account)?;
    account.store.run(
        "INSERT INTO rehearsal (value) VALUES (?)",
        &[Parameter::Text(request.parameter(1))],
    )?;
    Ok(())
}

fn values(account: &Account<'_>, _request: &Request) -> Outcome<Response> {
    table(account)?;
    let rows = account
        .store
        .run("SELECT value FROM rehearsal ORDER BY value", &[])?;
    let values = rows
        .iter()
        .map(|row| row.text(0).map(ToOwned::to_owned))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Response::new(200).with_body("text/plain", values.join("\n")))
}

fn write(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    Ok(Response::new(204))
}

fn panics(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    panic!("words of a panic")
}

fn faults(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    Err(Fault::Corrupt("as rehearsed").into())
}

fn refuses(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    Err(Refusal::RateLimited { retry_after: 1 }.into())
}

/// Writes, then needs a signature: the first run is undone, the second is kept.
fn needs(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    signed(account.world, request.parameter(1).as_bytes())
}

/// The same row again: the database's refusal is an error of ours, not an exception.
fn twice(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    insert(account, request)?;
    Ok(match insert(account, request) {
        Err(Halt::Fault(Fault::Store(_))) => Response::new(409),
        _ => Response::new(200),
    })
}

fn wake(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let after = request.parameter(1).parse().unwrap_or(0);
    account.world.wake_by(account.world.now.plus(after));
    Ok(Response::new(204))
}

/// Every kind of value through the database and back, and an answer beyond the usual room.
fn round_trip(account: &Account<'_>, _request: &Request) -> Outcome<Response> {
    let marked = "\u{feff}a byte order mark begins this";
    let text = "pl\u{e4}in \u{1f511} \0 text";
    let blob: Vec<u8> = (0..=255).collect();
    let long: String = "\u{20ac}".repeat(40_000);
    let largest = 1i64 << 53;
    let rows = account.store.run(
        "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
         UNION ALL SELECT NULL, 0, 0, '', x'', '', 0, 0.0, ''",
        &[
            Parameter::Null,
            Parameter::Integer(largest),
            Parameter::Integer(-largest),
            Parameter::Text(text),
            Parameter::Blob(&blob),
            Parameter::Text(&long),
            Parameter::Integer(0),
            Parameter::Integer(-1),
            Parameter::Text(marked),
        ],
    )?;
    let expected = [
        vec![
            Value::Null,
            Value::Integer(largest),
            Value::Integer(-largest),
            Value::Text(text.into()),
            Value::Blob(blob),
            Value::Text(long),
            Value::Integer(0),
            Value::Integer(-1),
            Value::Text(marked.into()),
        ],
        vec![
            Value::Null,
            Value::Integer(0),
            Value::Integer(0),
            Value::Text(String::new()),
            Value::Blob(Vec::new()),
            Value::Text(String::new()),
            Value::Integer(0),
            Value::Integer(0),
            Value::Text(String::new()),
        ],
    ];
    // Texts of ASCII alone are told apart by their places in one.
    let plain = ["ab", "", "c"];
    let three = account
        .store
        .run("SELECT ?, ?, ?", &plain.map(Parameter::Text))?;
    let are_plain = three == [Row(plain.map(|text| Value::Text(text.into())).into())];
    let nothing = account.store.run("SELECT 1 WHERE 0", &[])?;
    let beyond = account
        .store
        .run("SELECT ?", &[Parameter::Integer(largest + 1)]);
    let same = rows.iter().map(|row| &row.0).eq(expected.iter());
    Ok(Response::new(
        if same && are_plain && nothing.is_empty() && beyond.is_err() {
            200
        } else {
            500
        },
    ))
}

/// Statements that the database refuses, each in its own way.
fn statement(account: &Account<'_>, request: &Request) -> Outcome<Response> {
    let outcome = match request.parameter(1) {
        "syntax" => account.store.run("SELEC 1", &[]),
        "no-table" => account.store.run("SELECT * FROM nowhere", &[]),
        "too-few" => account.store.run("SELECT ?, ?", &[Parameter::Null]),
        _ => account.store.run("SELECT 1", &[]),
    };
    Ok(Response::new(if outcome.is_err() { 409 } else { 200 }))
}

fn sign(world: &World<'_>, request: &Request) -> Outcome<Response> {
    signed(world, &request.body)
}

fn signed(world: &World<'_>, message: &[u8]) -> Outcome<Response> {
    let mut lines = Vec::new();
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        let key_id = world.signing_key(algorithm)?;
        let signature = world.sign(key_id, message)?;
        lines.push(format!("{key_id} {}", hex::encode(signature)));
    }
    let sets: Vec<_> = world.keyring()?.jwks.values().cloned().collect();
    lines.extend(sets);
    Ok(Response::new(200).with_body("text/plain", lines.join("\n")))
}

/// Says what came of a request to the address in the body.
fn fetch(world: &World<'_>, request: &Request) -> Outcome<Response> {
    let outcome = world.fetch(Outbound {
        method: "GET".into(),
        url: String::from_utf8_lossy(&request.body).into_owned(),
        headers: vec![("x-rehearsal".into(), "yes".into())],
        body: Vec::new(),
    })?;
    let said = match outcome {
        Ok(fetched) => format!(
            "{} {}",
            fetched.status,
            String::from_utf8_lossy(&fetched.body)
        ),
        Err(failure) => format!("{failure:?}"),
    };
    Ok(Response::new(200).with_body("text/plain", said))
}

/// The request as a door sees it, without its body's bytes.
fn echo(_world: &World<'_>, request: &Request) -> Outcome<Response> {
    let mut lines = vec![
        format!("path {}", request.path),
        format!("query {}", request.query),
        format!(
            "body {}",
            hex::encode(&crate::sha256::digest(&request.body))
        ),
        format!("address {}", request.client.address),
    ];
    for (name, value) in &request.headers {
        lines.push(format!("{name}: {value}"));
    }
    Ok(Response::new(200)
        .with_body("text/plain", lines.join("\n"))
        .with_header("set-cookie", "a=1")
        .with_header("set-cookie", "b=2"))
}
