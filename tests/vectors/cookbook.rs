//! The examples of RFC 7520, "Examples of Protecting Content Using JOSE". Those that this
//! library has no algorithm for are refused, each for its own reason.

use countersign::jose::{
    KeySet, PublicKey, Reason, TypeRule, VerifiedJws, import_jwks, verify_detached, verify_jws,
};

/// Section 4, figure 8.
const PAYLOAD: &str = "SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4";

/// What figure 8 stands for, figure 7.
const TEXT: &str = "It\u{2019}s a dangerous business, Frodo, going out your door. You step onto the road, and if you don't keep your feet, there\u{2019}s no knowing where you might be swept off to.";

/// Section 3.3, figure 3, and section 3.1, figure 1 (P-521).
const RSA: &str = r#"{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}"#;
const P521: &str = r#"{"kty":"EC","kid":"bilbo.baggins@hobbiton.example","use":"sig","crv":"P-521","x":"AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt","y":"AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1"}"#;

/// Section 4.1, figures 9 and 11.
const RS256: [&str; 2] = [
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg",
];

/// Section 4.2, figures 17 and 19.
const PS384: [&str; 2] = [
    "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2IpN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXUvdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRXe8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
];

/// Section 4.3, figures 24 and 26.
const ES512: [&str; 2] = [
    "eyJhbGciOiJFUzUxMiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9",
    "AE_R_YZCChjn4791jSQCrdPZCNYqHXCTZH0-JZGYNlaAjP2kqaluUIIUnC9qvbu9Plon7KRTzoNEuT4Va2cmL1eJAQy3mtPBu_u_sDDyYjnAMDxXPn7XrT0lw-kvAD890jl8e2puQens_IEKBpHABlsbEPX6sFY8OcGDqoRuBomu9xQ2",
];

/// Section 4.4, figures 31 and 33; section 4.5 is the same, detached.
const HS256: [&str; 2] = [
    "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9",
    "s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0",
];

/// Section 4.8, figures 64 and 66: the first of several signatures, whose `kid` is not in
/// the protected header.
const MULTIPLE: [&str; 2] = [
    "eyJhbGciOiJSUzI1NiJ9",
    "MIsjqtVlOpa71KE-Mss8_Nq2YH4FGhiocsqrgi5NvyG53uoimic1tcMdSg-qptrzZc7CG6Svw2Y13TDIqHzTUrL_lR2ZFcryNFiHkSw129EghGpwkpxaTn_THJTCglNbADko1MZBCdwzJxwqZc-1RlpO2HibUYyXSwO97BSe0_evZKdjvvKSgsIqjytKSeAMbhMBdMma622_BG5t4sdbuCHtFjp9iJmkio47AIwqkZV1aIZsv33uPUqBBCXbYoQJwt7mxPftHmNlGoOSMxR_3thmXTCm4US-xiNOyhbm8afKK64jU6_TPtQHiJeQJxz9G3Tx-083B745_AfYOnlC9w",
];

fn bilbo() -> KeySet {
    KeySet::new(vec![PublicKey::from_jwk(RSA.as_bytes()).unwrap()]).unwrap()
}

fn verify<'k>([header, signature]: [&str; 2], keys: &'k KeySet) -> Result<VerifiedJws<'k>, Reason> {
    let token = format!("{header}.{PAYLOAD}.{signature}");
    verify_jws(token.as_bytes(), keys, TypeRule::Any).map_err(|refusal| refusal.reason)
}

#[test]
fn rfc7520_section_4_1_rs256() {
    let keys = bilbo();
    assert_eq!(verify(RS256, &keys).unwrap().payload(), TEXT.as_bytes());
    let [header, signature] = RS256;
    let jws = format!("{header}..{signature}");
    assert!(verify_detached(jws.as_bytes(), TEXT.as_bytes(), &keys, TypeRule::Any).is_ok());
}

#[test]
fn rfc7520_section_4_8_the_first_of_several_signatures() {
    assert_eq!(
        verify(MULTIPLE, &bilbo()).unwrap().payload(),
        TEXT.as_bytes()
    );
}

#[test]
fn rfc7520_sections_4_2_to_4_5_are_refused() {
    let keys = bilbo();
    assert_eq!(
        verify(PS384, &keys).unwrap_err(),
        Reason::AlgorithmUnsupported
    );
    assert_eq!(
        verify(ES512, &keys).unwrap_err(),
        Reason::AlgorithmUnsupported
    );
    assert_eq!(
        verify(HS256, &keys).unwrap_err(),
        Reason::AlgorithmSymmetric
    );
    let [header, signature] = HS256;
    let jws = format!("{header}..{signature}");
    let refusal = verify_detached(jws.as_bytes(), TEXT.as_bytes(), &keys, TypeRule::Any);
    assert_eq!(refusal.unwrap_err().reason, Reason::AlgorithmSymmetric);
}

#[test]
fn rfc7520_sections_4_6_and_4_7_json_serialization_is_refused() {
    // Signatures without a protected header, or with half of one, exist in JSON alone.
    let json = format!(
        r#"{{"payload":"{PAYLOAD}","header":{{"alg":"HS256"}},"signature":"xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk"}}"#
    );
    let refusal = verify_jws(json.as_bytes(), &bilbo(), TypeRule::Any).unwrap_err();
    assert_eq!(refusal.reason, Reason::TokenMalformed);
    let refusal = verify(["", MULTIPLE[1]], &bilbo()).unwrap_err();
    assert_eq!(refusal, Reason::JsonSyntax);
}

#[test]
fn rfc7520_section_3_1_p521_is_for_others() {
    let jwks = format!(r#"{{"keys":[{P521},{RSA}]}}"#);
    let keys = import_jwks(jwks.as_bytes()).unwrap();
    assert_eq!(keys.skipped()[0].code(), "key_curve_unsupported");
    assert!(verify(RS256, &keys).is_ok());
}

#[test]
fn rfc7520_section_6_nested_and_encrypted_are_refused() {
    // The signature within is PS256; the encryption around it has five parts.
    let inner = "eyJhbGciOiJQUzI1NiIsInR5cCI6IkpXVCJ9.e30.AA";
    let refusal = verify_jws(inner.as_bytes(), &bilbo(), TypeRule::Is("JWT")).unwrap_err();
    assert_eq!(refusal.reason, Reason::AlgorithmUnsupported);
    let outer = "eyJhbGciOiJSU0EtT0FFUCIsImN0eSI6IkpXVCIsImVuYyI6IkExMjhHQ00ifQ.a0JH.GbX1i9kXz0sxXPmA.SZI4.KnIKEhN8U-3C9s4gtSpjSw";
    let refusal = verify_jws(outer.as_bytes(), &bilbo(), TypeRule::Any).unwrap_err();
    assert_eq!(refusal.reason, Reason::TokenEncrypted);
}
