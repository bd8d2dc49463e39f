//! The token in each form: it proves that this server gave this form to this browser, and
//! that it was not sent before.
//!
//! ```text
//! base64url( nonce: 16 bytes | expiry: 8 bytes | HMAC-SHA256: 32 bytes )
//! ```
//!
//! The code is made over the form's name, its holder, the nonce and the expiry. The holder is
//! the session's id where there is one, else the value of a cookie that the browser was given
//! before; so a token of one browser is of no use to another. Showing a form writes nothing;
//! sending it writes the token down as spent, in the account where that is known.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Account,
    one_time::{self, NewSecret, SecretKind},
    session::Session,
};
use crate::{
    authority::{Outcome, Timestamp, World, refusal::Refusal},
    jose::base64url,
    mac::{HmacSha256Key, constant_time_eq},
    sha256,
};

/// Milliseconds for which a form may lie open in a browser.
pub const LIFETIME: i64 = 12 * 60 * 60 * 1000;

const NONCE: usize = 16;
const EXPIRY: usize = 8;
const CODE: usize = 32;

/// A token that this server made for this form and holder, and that has not expired. It may
/// have been spent: only the account can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormProof {
    hash: [u8; 32],
    expires_at: Timestamp,
}

/// A token for a form that a signed-in person is shown.
#[must_use]
pub fn mint(world: &World<'_>, form: &str, session: &Session) -> String {
    seal(world, form, "session", &session.id)
}

/// A token for a form that somebody is shown before they have signed in; `browser` is the
/// value of a cookie that is random and the browser's own.
#[must_use]
pub fn mint_before_session(world: &World<'_>, form: &str, browser: &str) -> String {
    seal(world, form, "browser", browser)
}

/// Takes the token of a form that a signed-in person sent.
///
/// # Errors
/// [`Refusal::FormRejected`] when it is not this form's or session's, has expired, or was
/// sent before.
pub fn redeem(account: &Account<'_>, form: &str, session: &Session, token: &str) -> Outcome<()> {
    let proof = open(account.world, form, "session", &session.id, token)?;
    spend(account, &proof)
}

/// Checks the token of a form that was sent before signing in. Where the form leads to an
/// account, the proof goes there to be spent.
///
/// # Errors
/// [`Refusal::FormRejected`] when it is not this form's or browser's, or has expired.
pub fn check_before_session(
    world: &World<'_>,
    form: &str,
    browser: &str,
    token: &str,
) -> Result<FormProof, Refusal> {
    open(world, form, "browser", browser, token)
}

/// Takes a checked token, once.
///
/// # Errors
/// [`Refusal::FormRejected`] when it was sent before.
pub fn spend(account: &Account<'_>, proof: &FormProof) -> Outcome<()> {
    let secret = NewSecret {
        kind: SecretKind::FormToken,
        hash: proof.hash,
        subject: "",
        binding: "",
        payload: &[],
        expires_at: proof.expires_at,
    };
    if account.world.now < proof.expires_at && one_time::spend_unissued(account, &secret, "")? {
        Ok(())
    } else {
        Err(Refusal::FormRejected.into())
    }
}

fn seal(world: &World<'_>, form: &str, role: &str, holder: &str) -> String {
    let nonce: [u8; NONCE] = world.random();
    let expiry = world.now.plus(LIFETIME).0.to_be_bytes();
    let code = authenticate(world, form, role, holder, &nonce, expiry);
    base64url::encode(&[nonce.as_slice(), &expiry, &code].concat())
}

fn open(
    world: &World<'_>,
    form: &str,
    role: &str,
    holder: &str,
    token: &str,
) -> Result<FormProof, Refusal> {
    let mut bytes = [0; NONCE + EXPIRY + CODE];
    let read = base64url::decode_into(token.as_bytes(), &mut bytes);
    let (nonce, rest) = bytes.split_at(NONCE);
    let (expiry, code) = rest.split_at(EXPIRY);
    let expiry: [u8; EXPIRY] = expiry.try_into().map_err(|_| Refusal::FormRejected)?;
    let expected = authenticate(world, form, role, holder, nonce, expiry);
    let expires_at = Timestamp(i64::from_be_bytes(expiry));
    let valid = read == Ok(NONCE + EXPIRY + CODE)
        // A browser without its cookie would make the holder of every other one.
        && !holder.is_empty()
        && constant_time_eq(code, &expected)
        && world.now < expires_at;
    if valid {
        Ok(FormProof {
            hash: sha256::digest(token.as_bytes()),
            expires_at,
        })
    } else {
        Err(Refusal::FormRejected)
    }
}

fn authenticate(
    world: &World<'_>,
    form: &str,
    role: &str,
    holder: &str,
    nonce: &[u8],
    expiry: [u8; EXPIRY],
) -> [u8; CODE] {
    // Each text ends with a mark that none of them holds but the last.
    HmacSha256Key::new(&world.settings.derived_key("form token")).authenticate(&[
        nonce,
        &expiry,
        form.as_bytes(),
        b"\0",
        role.as_bytes(),
        b"\0",
        holder.as_bytes(),
    ])
}

#[cfg(feature = "sqlite")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::{Client, Halt, account::session, testing::Bench};
    use alloc::vec::Vec;

    fn sessions(bench: &Bench) -> Vec<Session> {
        for number in [1, 2] {
            bench
                .at(0, |a| {
                    session::open(a, &[number; 32], &Client::default(), "test")
                })
                .unwrap();
        }
        bench.at(0, session::list).unwrap()
    }

    fn refused(outcome: &Outcome<()>) -> bool {
        matches!(outcome, Err(Halt::Refused(Refusal::FormRejected)))
    }

    #[test]
    fn a_form_is_sent_once() {
        let bench = Bench::new();
        let session = &sessions(&bench)[0];
        let token = bench.at(0, |a| mint(a.world, "end session", session));
        let send = |at| bench.at(at, |a| redeem(a, "end session", session, &token));
        send(1).unwrap();
        assert!(refused(&send(2)));
    }

    #[test]
    fn a_token_is_of_one_form_one_session_and_twelve_hours() {
        let bench = Bench::new();
        let sessions = sessions(&bench);
        let token = bench.at(0, |a| mint(a.world, "end session", &sessions[0]));
        let send = |at, form, session: &Session, token: &str| {
            bench.at(at, |a| redeem(a, form, session, token))
        };
        assert!(refused(&send(1, "make key", &sessions[0], &token)));
        assert!(refused(&send(1, "end session", &sessions[1], &token)));
        assert!(refused(&send(
            LIFETIME,
            "end session",
            &sessions[0],
            &token
        )));
        send(LIFETIME - 1, "end session", &sessions[0], &token).unwrap();
    }

    #[test]
    fn every_character_of_a_token_counts() {
        let bench = Bench::new();
        let session = &sessions(&bench)[0];
        let token = bench.at(0, |a| mint(a.world, "f", session));
        for position in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[position] = if changed[position] == b'A' {
                b'B'
            } else {
                b'A'
            };
            let changed = String::from_utf8(changed).unwrap();
            let result = bench.at(1, |a| redeem(a, "f", session, &changed));
            assert!(refused(&result), "{position}");
        }
        for text in ["", "AAAA", &token[1..], &alloc::format!("{token}AAAA")] {
            assert!(refused(&bench.at(1, |a| redeem(a, "f", session, text))));
        }
    }

    #[test]
    fn before_a_session_a_token_is_one_browsers() {
        let bench = Bench::new();
        let check = |browser: &str, holder: &str| {
            bench.at(0, |a| {
                let token = mint_before_session(a.world, "sign in", browser);
                check_before_session(a.world, "sign in", holder, &token)
            })
        };
        let proof = check("cookie one", "cookie one").unwrap();
        assert_eq!(
            check("cookie one", "cookie two"),
            Err(Refusal::FormRejected)
        );
        assert_eq!(check("", ""), Err(Refusal::FormRejected));
        bench.at(1, |a| spend(a, &proof)).unwrap();
        assert!(refused(&bench.at(2, |a| spend(a, &proof))));
    }

    #[test]
    fn a_browsers_token_is_no_sessions() {
        let bench = Bench::new();
        let session = &sessions(&bench)[0];
        let token = bench.at(0, |a| mint_before_session(a.world, "f", &session.id));
        assert!(refused(&bench.at(1, |a| redeem(a, "f", session, &token))));
    }
}
