use super::*;
use crate::jose::{KeySet, PublicKey, Reason, base64url};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use proptest::prelude::*;

const NOW: i64 = 1_767_225_600;

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn public(signer: &SigningKey) -> PublicKey {
    let point = signer.verifying_key().to_sec1_point(false);
    let coordinate = |bytes: &[u8]| base64url::encode(bytes);
    let (x, y) = (
        coordinate(point.x().unwrap()),
        coordinate(point.y().unwrap()),
    );
    PublicKey::from_jwk(format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#).as_bytes())
        .unwrap()
}

fn keys(seed: u8) -> KeySet {
    KeySet::new(vec![public(&signer(seed))]).unwrap()
}

fn issue(draft: &CodeDraft<'_>, seed: u8) -> String {
    let signer = signer(seed);
    let input = draft.signing_input(public(&signer).thumbprint()).unwrap();
    let signature: Signature = signer.sign(input.as_bytes());
    input.sign_with(&signature.to_bytes().into())
}

fn draft<'a>(target: &'a str, user: &'a str) -> CodeDraft<'a> {
    CodeDraft {
        target: Target::parse(target).unwrap(),
        user: UserId::parse(user).unwrap(),
        issued_at: NOW,
        lifetime: 3600,
        nonce: [7; 16],
    }
}

const USER: &str = "user_0123456789abcdef";

fn verdict(code: &str, target: &str, now: i64, clock_tolerance: i64) -> Result<(), Reason> {
    let expect = CodeExpectations {
        target,
        now,
        clock_tolerance,
    };
    check(code, &keys(1), &expect)
        .map(|_| ())
        .map_err(|refusal| refusal.reason)
}

#[test]
fn the_documented_prefix_is_byte_exact() {
    let code = issue(&draft("shop", USER), 1);
    assert!(
        code.starts_with(&format!("anx://shop/{USER}?exp=3600&ts={NOW}&n=")),
        "{code}"
    );
}

#[test]
fn a_code_is_read_as_it_was_written() {
    let code = issue(&draft("shop.example-1_x", USER), 1);
    let read = parse(&code).unwrap();
    assert_eq!(read.target.as_str(), "shop.example-1_x");
    assert_eq!(read.user.as_str(), USER);
    assert_eq!(
        (read.issued_at, read.lifetime, read.nonce),
        (NOW, 3600, [7; 16])
    );
    assert_eq!(read.expires_at(), NOW + 3600);
    assert_eq!(read.as_str(), code);
    assert_eq!(verdict(&code, "shop.example-1_x", NOW, 0), Ok(()));
}

#[test]
fn codes_are_below_240_characters() {
    let target = "t".repeat(48);
    let code = issue(&draft(&target, USER), 1);
    assert_eq!(code.len(), 226);
    // Where a foreign issuer's ids are longer, the sum still holds.
    let user = format!("user_{}", "u".repeat(32));
    let tight = issue(&draft(&"t".repeat(45), &user), 1);
    assert_eq!(tight.len(), MAX_CODE);
    assert!(parse(&tight).is_ok());
    let refusal = draft(&"t".repeat(46), &user)
        .signing_input(&[0; 32])
        .unwrap_err();
    assert_eq!(refusal.reason, Reason::CodeTooLong);
    assert_eq!(
        parse(&"a".repeat(240)).unwrap_err().reason,
        Reason::CodeTooLong
    );
}

#[test]
fn forged_altered_expired_misaimed_and_early_codes_have_their_own_reason() {
    let code = issue(&draft("shop", USER), 1);
    assert_eq!(verdict(&code, "shop", NOW, 0), Ok(()));
    assert_eq!(
        verdict(&issue(&draft("shop", USER), 2), "shop", NOW, 0),
        Err(Reason::CodeKeyUnknown)
    );
    let altered = code.replace("user_0", "user_1");
    assert_eq!(
        verdict(&altered, "shop", NOW, 0),
        Err(Reason::CodeSignatureInvalid)
    );
    let other_key = code.replace(
        &base64url::encode(public(&signer(1)).thumbprint())[..8],
        "AAAAAAAA",
    );
    assert_eq!(
        verdict(&other_key, "shop", NOW, 0),
        Err(Reason::CodeKeyUnknown)
    );
    assert_eq!(
        verdict(&code, "bank", NOW, 0),
        Err(Reason::CodeTargetMismatch)
    );
    assert_eq!(
        verdict(&code, "shop", NOW - 1, 0),
        Err(Reason::CodeNotYetValid)
    );
    assert_eq!(verdict(&code, "shop", NOW - 5, 5), Ok(()));
    assert_eq!(
        verdict(&code, "shop", NOW - 6, 5),
        Err(Reason::CodeNotYetValid)
    );
    assert_eq!(verdict(&code, "shop", NOW + 3599, 0), Ok(()));
    assert_eq!(
        verdict(&code, "shop", NOW + 3600, 0),
        Err(Reason::CodeExpired)
    );
    assert_eq!(verdict(&code, "shop", NOW + 3604, 5), Ok(()));
    assert_eq!(
        verdict(&code, "shop", NOW + 3605, 5),
        Err(Reason::CodeExpired)
    );
}

#[test]
fn expectations_are_checked_first() {
    let code = issue(&draft("shop", USER), 1);
    assert_eq!(
        verdict(&code, "Shop", NOW, 0),
        Err(Reason::CodeTargetMalformed)
    );
    assert_eq!(
        verdict(&code, "shop", NOW * 1000, 0),
        Err(Reason::ExpectedTimeOutOfRange)
    );
    assert_eq!(
        verdict(&code, "shop", NOW, -1),
        Err(Reason::ExpectedTimeOutOfRange)
    );
    assert_eq!(
        verdict(&code, "shop", NOW, 601),
        Err(Reason::ExpectedToleranceTooLarge)
    );
}

#[test]
fn a_draft_is_within_its_ranges() {
    for (issued_at, lifetime) in [
        (NOW, 0),
        (NOW, 3601),
        (999_999_999, 60),
        (NOW * 1000, 60),
        (-1, 60),
    ] {
        let draft = CodeDraft {
            issued_at,
            lifetime,
            ..draft("shop", USER)
        };
        assert_eq!(
            draft.signing_input(&[0; 32]).unwrap_err().reason,
            Reason::CodeTimeOutOfRange
        );
    }
}

#[test]
fn every_other_spelling_is_refused() {
    let code = issue(&draft("shop", USER), 1);
    for (from, to) in [
        ("anx://", "ANX://"),
        ("anx://", " anx://"),
        ("shop", "Shop"),
        ("shop", "-shop"),
        ("shop", ""),
        ("shop", "sh%6fp"),
        ("/user_", "//user_"),
        ("user_", "user-"),
        ("exp=3600", "exp=03600"),
        ("exp=3600", "exp=3601"),
        ("exp=3600", "exp=0"),
        ("exp=3600", "exp=+360"),
        ("exp=3600", "exp="),
        ("exp=3600&", ""),
        ("&ts=", "&ts=0"),
        ("&ts=1", "&ts="),
        ("&ts=", "&exp=3600&ts="),
        ("&n=", "&m="),
        ("&k=", "&n="),
        ("&sig=", "&x=1&sig="),
        ("&sig=", "&sig"),
    ] {
        let other = code.replacen(from, to, 1);
        assert_eq!(
            verdict(&other, "shop", NOW, 0),
            Err(Reason::CodeMalformed),
            "{other}"
        );
    }
    for end in ["=", "&", "#x", " ", "\n", "A", "&sig="] {
        let other = format!("{code}{end}");
        assert_eq!(
            verdict(&other, "shop", NOW, 0),
            Err(Reason::CodeMalformed),
            "{other}"
        );
    }
}

#[test]
fn the_other_s_is_another_spelling() {
    let signer = signer(1);
    let thumbprint = *public(&signer).thumbprint();
    let input = draft("shop", USER).signing_input(&thumbprint).unwrap();
    let signature: Signature = signer.sign(input.as_bytes());
    let low = signature.normalize_s();
    let high = Signature::from_scalars(low.r(), -*low.s()).unwrap();
    let codes = [low, high].map(|s| input.clone().sign_with(&s.to_bytes().into()));
    assert_eq!(codes[0], codes[1]);
    assert_eq!(verdict(&codes[0], "shop", NOW, 0), Ok(()));
    let at = codes[0].len() - 86;
    let other = format!("{}{}", &codes[0][..at], base64url::encode(&high.to_bytes()));
    assert_eq!(verdict(&other, "shop", NOW, 0), Err(Reason::CodeMalformed));
}

#[test]
fn a_code_is_never_a_token_nor_the_other_way_round() {
    let code = issue(&draft("shop", USER), 1);
    let input = parse(&code).unwrap().signing_input();
    assert!(input.contains(&b':'));
    assert!(base64url::decode(input.split(|b| *b == b'.').next().unwrap()).is_err());
}

#[test]
fn user_ids_are_crockford_base32() {
    assert_eq!(new_user_id([0; 10]), "user_0000000000000000");
    assert_eq!(new_user_id([0xff; 10]), "user_zzzzzzzzzzzzzzzz");
    assert_eq!(
        new_user_id([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        "user_000g40r40m30e209"
    );
    for id in [
        "user_",
        "user_A",
        "user_a-b",
        "usr_a",
        "user_é",
        &format!("user_{}", "a".repeat(33)),
    ] {
        assert!(UserId::parse(id).is_err(), "{id}");
    }
}

proptest! {
    #[test]
    fn every_user_id_that_is_made_is_read(random: [u8; 10]) {
        prop_assert!(UserId::parse(&new_user_id(random)).is_ok());
    }

    #[test]
    fn arbitrary_text_never_panics(text in ".{0,260}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_changed_byte_is_refused(at in 0usize..202, byte in 0u8..128) {
        let code = issue(&draft("shop-of-24-characters-xx", USER), 1);
        let mut bytes = code.clone().into_bytes();
        bytes[at] = byte;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != code);
        prop_assert!(verdict(&changed, "shop-of-24-characters-xx", NOW, 0).is_err());
    }
}

#[test]
fn debug_shows_nothing_that_can_be_spent() {
    let code = issue(&draft("shopify", USER), 1);
    let read = parse(&code).unwrap();
    let shown = format!("{read:?} {:?}", draft("shopify", USER));
    let nonce = base64url::encode(&read.nonce);
    let signature = base64url::encode(&read.signature);
    for secret in [&*nonce, &*signature, "[7,", "nonce:", "signature:"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains(USER), "{shown}");
}
