//! The boundary, natively: what the host would send, and what it would read.

use alloc::{vec, vec::Vec};
use core::cell::RefCell;

use super::{
    dispatch::Host,
    store::{read_answer, write_parameters},
    wire::{Errand, Input, Output, Reply, Work},
};
use crate::{
    authority::{
        AccountId, GeneratedKey, Place, Provided, Settings, Timestamp,
        account::MIGRATIONS,
        call::Call,
        encode,
        keyring::KeysQuestion,
        migration::migrate,
        store::{Parameter, Row, Store, StoreFault, Value, sqlite::Sqlite},
    },
    doors::{Client, DOORS, Door, Handler, Method, Request, Response, Route},
};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn host() -> Host {
    let settings = Settings {
        public_origin: "https://auth.example".into(),
        master_secret: [7; 32],
        previous_master_secret: None,
        development: false,
        mail: None,
        operator_token: Some("an operator's token of 32 letters".into()),
    };
    let mut host = Host::default();
    host.configure(&encode(&settings).unwrap()).unwrap();
    host
}

fn get(path: &str) -> Request {
    Request {
        method: Method::Get,
        path: path.into(),
        ..Request::default()
    }
}

fn input(fresh: bool, provided: Provided, work: Work) -> Vec<u8> {
    encode(&Input {
        now: NOW,
        seed: [1; 32],
        id: [2; 16],
        fresh,
        provided,
        work,
    })
    .unwrap()
}

fn run(host: &Host, store: &Sqlite, work: Work, provided: Provided) -> Output {
    let input = input(true, provided, work);
    let log = RefCell::new(Vec::new());
    store
        .transaction(
            |store| {
                host.step(&input, store, &mut |line: &str| {
                    log.borrow_mut().push(alloc::string::String::from(line));
                })
            },
            |output| output.commit,
        )
        .unwrap()
}

fn to_the_end(host: &Host, store: &Sqlite, work: &Work) -> Output {
    let mut provided = Provided::default();
    for key in 0..8u8 {
        let output = run(host, store, work.clone(), provided.clone());
        let Reply::Needs(fingerprint, Errand::GenerateKey(algorithm)) = output.reply else {
            return output;
        };
        assert!(!output.commit, "a run that needs something is undone");
        let start = match algorithm {
            crate::authority::Algorithm::Es256 => r#"{"crv":"P-256","kty":"EC","x":""#,
            crate::authority::Algorithm::Rs256 => r#"{"e":"AQAB","kty":"RSA","n":""#,
        };
        let pair = GeneratedKey {
            public_jwk: alloc::format!("{start}key{key}\"}}"),
            pkcs8: vec![key; 16],
        };
        provided.0.insert(fingerprint.0, encode(&pair).unwrap());
    }
    panic!("a rule asks in circles");
}

/// Every route, with the door that it is in.
fn routes() -> impl Iterator<Item = (&'static Door, &'static Route)> {
    DOORS
        .iter()
        .flat_map(|door| door.routes.iter().map(move |route| (*door, route)))
}

#[test]
fn a_keyring_travels_sealed_and_is_opened_where_it_signs() {
    let (mut host, store) = (host(), Sqlite::in_memory().unwrap());
    let output = to_the_end(&host, &store, &Work::HostKeyring);
    assert!(output.commit);
    let Reply::Keyring(keyring) = &output.reply else {
        panic!("no keyring: {:?}", output.reply);
    };
    let bytes = encode(keyring).unwrap();
    for private in [[0u8; 16], [1; 16]] {
        assert!(!bytes.windows(16).any(|window| window == private));
    }
    let opened = host.install_keyring(&bytes, NOW).unwrap();
    assert_eq!(opened.len(), 2);
    assert_eq!(opened[0].pkcs8, [0; 16]);
    assert_eq!(opened[1].pkcs8, [1; 16]);
    let Reply::Respond(response) = run(
        &host,
        &store,
        Work::Front(get("/.well-known/jwks.json")),
        Provided::default(),
    )
    .reply
    else {
        panic!("no answer");
    };
    assert_eq!(response.status, 200);
    assert_eq!(
        response.body,
        keyring.public.jwks[&crate::authority::Algorithm::Es256].as_bytes()
    );
}

#[test]
fn a_stale_keyring_is_asked_for_again() {
    let (mut host, store) = (host(), Sqlite::in_memory().unwrap());
    let Reply::Keyring(keyring) = to_the_end(&host, &store, &Work::HostKeyring).reply else {
        panic!("no keyring");
    };
    let bytes = encode(&keyring).unwrap();
    let work = Work::Front(get("/.well-known/jwks.json"));
    for (age, known) in [(0, true), (59_999, true), (60_000, false)] {
        host.install_keyring(&bytes, NOW.plus(-age)).unwrap();
        let reply = run(&host, &store, work.clone(), Provided::default()).reply;
        match reply {
            Reply::Respond(_) => assert!(known, "{age}"),
            Reply::Needs(_, Errand::Keyring) => assert!(!known, "{age}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nobody_is_left_behind_under_a_made_up_name() {
    let (host, store) = (host(), Sqlite::in_memory().unwrap());
    let place = Place::Account(AccountId::from_random([3; 10]));
    let call = Work::Call(place, Call::Keys(KeysQuestion));
    let output = run(&host, &store, call, Provided::default());
    assert!(!output.commit);
    let rows = store.run("SELECT 1 FROM sqlite_master", &[]).unwrap();
    assert!(rows.is_empty());
}

/// What a stranger may send along with an account's name that they made up.
fn guesses(name: &str) -> [Request; 4] {
    let secret = "A".repeat(43);
    let key = alloc::format!("nxs6_{name}{secret}");
    let session = alloc::format!("ses_{name}{secret}");
    let with = |headers: Vec<(&str, &str)>, body: &str| Request {
        headers: headers
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
        body: body.into(),
        ..Request::default()
    };
    let bearer = alloc::format!("Bearer {session}");
    let cookie = alloc::format!("__Host-session={session}");
    let body = alloc::format!(r#"{{"api_key":"{key}","target":"shop"}}"#);
    [
        with(vec![], ""),
        with(vec![("authorization", &bearer)], "a=1"),
        with(
            vec![("cookie", &cookie), ("accept", "text/html")],
            "form_token=x",
        ),
        with(vec![("x-session-token", &session)], &body),
    ]
}

#[test]
fn no_request_opens_an_account_whatever_it_is_answered() {
    let host = host();
    let id = AccountId::from_random([3; 10]);
    let mut seen = 0;
    for (door, route) in routes() {
        if !matches!(route.handler, Handler::Account { .. }) {
            continue;
        }
        for guess in guesses(id.as_str()) {
            let store = Sqlite::in_memory().unwrap();
            let request = Request {
                method: route.method,
                path: alloc::format!("{}{}", door.prefix, route.pattern)
                    .replace("{account}", id.as_str())
                    .replace("{number}", "0"),
                ..guess
            };
            let work = Work::HandedOver(Place::Account(id), request.clone());
            let output = run(&host, &store, work, Provided::default());
            let rows = store.run("SELECT 1 FROM sqlite_master", &[]).unwrap();
            assert!(rows.is_empty() && !output.commit, "{request:?}");
            if let Reply::Respond(response) = output.reply {
                assert!(response.status < 500, "{request:?}: {response:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

/// Counts the statements on a database.
struct Counted<'a>(&'a Sqlite, core::cell::Cell<u32>);

impl Store for Counted<'_> {
    fn run(&self, sql: &'static str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, StoreFault> {
        self.1.set(self.1.get() + 1);
        self.0.run(sql, parameters)
    }
}

// Whoever makes up names makes us start a place for each: that much, and no more.
#[test]
fn an_account_that_nobody_opened_is_looked_for_once_and_answers_as_an_empty_one() {
    let host = host();
    let id = AccountId::from_random([3; 10]);
    let place = Place::Account(id);
    let (nothing, empty) = (Sqlite::in_memory().unwrap(), Sqlite::in_memory().unwrap());
    migrate(&empty, MIGRATIONS).unwrap();
    let mut seen = 0;
    for (door, route) in routes() {
        if !matches!(route.handler, Handler::Account { .. }) {
            continue;
        }
        for guess in guesses(id.as_str()) {
            let request = Request {
                method: route.method,
                path: alloc::format!("{}{}", door.prefix, route.pattern),
                ..guess
            };
            let [made_up, real] = [&nothing, &empty].map(|store| {
                let work = Work::HandedOver(place, request.clone());
                let input = input(true, Provided::default(), work);
                let counted = Counted(store, core::cell::Cell::new(0));
                let reply = host.step(&input, &counted, &mut |_| {}).reply;
                (reply, counted.1.get())
            });
            assert_eq!(made_up.0, real.0, "{request:?}");
            assert_eq!(made_up.1, 1, "{request:?}");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
}

fn development() -> Host {
    let settings = Settings {
        public_origin: "http://localhost:8787".into(),
        master_secret: [7; 32],
        previous_master_secret: None,
        development: true,
        mail: None,
        operator_token: None,
    };
    let mut host = Host::default();
    host.configure(&encode(&settings).unwrap()).unwrap();
    host
}

fn respond(host: &Host, store: &Sqlite, request: Request) -> Option<Response> {
    match run(host, store, Work::Front(request), Provided::default()).reply {
        Reply::Respond(response) => Some(response),
        _ => None,
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut found = response
        .headers
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str());
    let value = found.next();
    assert_eq!(found.next(), None, "{name} is there twice");
    value
}

#[test]
fn a_route_is_limited_by_address_but_for_a_developer_at_their_own_machine() {
    let store = Sqlite::in_memory().unwrap();
    let limited = |host: &Host, path: &str, address: &str| {
        let limit = crate::authority::limits::Limit::ADDRESS_CONSENT;
        (0..=limit.burst).find_map(|_| {
            let request = Request {
                method: Method::Post,
                client: Client {
                    address: address.into(),
                    ..Client::default()
                },
                ..get(path)
            };
            respond(host, &store, request).filter(|response| response.status == 429)
        })
    };
    for path in ["/grantex/v1/consent/areq_1/deny", "/consent/deny"] {
        for (host, address, expected) in [
            (host(), "192.0.2.1", true),
            (host(), "127.0.0.1", true),
            (development(), "192.0.2.1", true),
            (development(), "127.0.0.1", false),
            (development(), "::1", false),
        ] {
            let refusal = limited(&host, path, address);
            assert_eq!(refusal.is_some(), expected, "{path} {address}");
            if let Some(refusal) = refusal {
                assert_eq!(header(&refusal, "retry-after"), Some("1"), "{path}");
            }
        }
    }
}

#[test]
fn a_body_that_is_too_long_reaches_no_route_and_is_refused_by_its_door() {
    let store = Sqlite::in_memory().unwrap();
    for (door, route) in routes() {
        let request = Request {
            method: route.method,
            path: alloc::format!("{}{}", door.prefix, route.pattern),
            body: alloc::vec![0; Request::BODY_LIMIT + 1],
            ..Request::default()
        };
        let response = respond(&host(), &store, request).unwrap();
        let said = alloc::string::String::from_utf8(response.body).unwrap();
        assert!(said.contains("malformed_body"), "{}: {said}", route.pattern);
    }
}

#[test]
fn every_answer_has_the_headers_that_all_have() {
    let store = Sqlite::in_memory().unwrap();
    let mut seen = 0;
    for (door, route) in routes() {
        let request = Request {
            method: route.method,
            path: alloc::format!("{}{}", door.prefix, route.pattern),
            ..Request::default()
        };
        for (host, https) in [(host(), true), (development(), false)] {
            let Some(response) = respond(&host, &store, request.clone()) else {
                continue;
            };
            seen += 1;
            let of = |name| header(&response, name);
            assert_eq!(of("x-content-type-options"), Some("nosniff"));
            assert!(of("cache-control").is_some());
            assert_eq!(of("strict-transport-security").is_some(), https);
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn what_is_no_message_is_a_failure_and_no_panic() {
    let (host, store) = (host(), Sqlite::in_memory().unwrap());
    let work = Work::Front(get("/.well-known/jwks.json"));
    let good = input(false, Provided::default(), work);
    for length in 0..good.len() {
        let output = host.step(&good[..length], &store, &mut |_: &str| ());
        assert!(matches!(output.reply, Reply::Failed(_)), "{length}");
    }
}

#[test]
fn a_host_without_settings_answers_nobody() {
    let output = run(
        &Host::default(),
        &Sqlite::in_memory().unwrap(),
        Work::Front(get("/")),
        Provided::default(),
    );
    assert!(matches!(output.reply, Reply::Failed(_)));
}

/// The bytes that `worker/codec.js` writes and reads, spelled out: its own test has the same.
#[test]
fn the_messages_are_encoded_as_the_host_has_them() {
    let input = Input {
        now: Timestamp(1_800_000_000_000),
        seed: [9; 32],
        id: [8; 16],
        fresh: true,
        provided: Provided([(vec![5; 16], vec![1, 2, 3])].into()),
        work: Work::Front(Request {
            method: Method::Post,
            path: "/\u{e4}".into(),
            query: "q=1".into(),
            headers: vec![("host".into(), "x".into())],
            body: vec![0; 200],
            client: crate::doors::Client {
                address: "127.0.0.1".into(),
                country: "NL".into(),
                region: "NH".into(),
            },
            parameters: Vec::new(),
            id: [0; 16], // does not travel
        }),
    };
    let mut expected = vec![128, 192, 226, 133, 227, 104];
    expected.push(32);
    expected.extend([9; 32]);
    expected.push(16);
    expected.extend([8; 16]);
    expected.extend([1, 1, 16]);
    expected.extend([5; 16]);
    expected.extend([3, 1, 2, 3]);
    expected.extend([0, 1]);
    expected.extend(b"\x03/\xc3\xa4\x03q=1\x01\x04host\x01x\xc8\x01");
    expected.extend([0; 200]);
    expected.extend(b"\x09127.0.0.1\x02NL\x02NH\x00");
    assert_eq!(encode(&input).unwrap(), expected);

    let output = Output {
        commit: true,
        wake_at: Some(Timestamp(-1)),
        reply: Reply::HandOver(Place::Account(AccountId::from_random([0; 10]))),
    };
    assert_eq!(
        encode(&output).unwrap(),
        b"\x01\x01\x01\x01\x000000000000000000"
    );
}

#[test]
fn parameters_are_written_and_answers_are_read() {
    let mut bytes = Vec::new();
    write_parameters(
        &[
            Parameter::Null,
            Parameter::Integer(-2),
            Parameter::Text("a"),
            Parameter::Blob(&[7]),
            Parameter::Text("\u{e4}"),
        ],
        &mut bytes,
    )
    .unwrap();
    let mut expected = vec![5, 0, 0, 0, 3, 0, 0, 0, b'a', 0xc3, 0xa4, 0, 1];
    expected.extend((-2f64).to_le_bytes());
    expected.extend([2, 1, 0, 0, 0, 3, 1, 0, 0, 0, 7, 2, 2, 0, 0, 0]);
    assert_eq!(bytes, expected);

    let mut answer = vec![0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 1];
    answer.extend((-2f64).to_le_bytes());
    answer.extend([2, 1, 0, 0, 0, b'a', 3, 1, 0, 0, 0, 7]);
    let rows = read_answer(&answer).unwrap();
    assert_eq!(
        rows[0].0,
        [
            Value::Null,
            Value::Integer(-2),
            Value::Text("a".into()),
            Value::Blob(vec![7])
        ]
    );
    for length in 0..answer.len() {
        assert!(read_answer(&answer[..length]).is_err(), "{length}");
    }
    assert_eq!(
        read_answer(b"\x01no such table").unwrap_err().reason,
        "no such table"
    );
    for beyond in [(1 << 53) + 1, -(1 << 53) - 1] {
        assert!(write_parameters(&[Parameter::Integer(beyond)], &mut bytes).is_err());
    }
}
