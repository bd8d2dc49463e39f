//! Keys that say what they are for.

use super::Corpus;
use super::keys::key;

pub(crate) fn add(c: &mut Corpus) {
    let (ec_good, rsa_good) = (c.es.jwk(), c.rs.jwk());
    let (alg, purpose, operations) = (
        "RFC 7517 section 4.4",
        "RFC 7517 section 4.2",
        "RFC 7517 section 4.3",
    );
    for (members, code, clause, name) in [
        (
            format!(r#"{ec_good},"alg":"ES256""#),
            "valid",
            alg,
            "P-256 for ES256",
        ),
        (
            format!(r#"{rsa_good},"alg":"RS256","use":"sig""#),
            "valid",
            alg,
            "RSA for RS256",
        ),
        (
            format!(r#"{ec_good},"key_ops":["verify"]"#),
            "valid",
            operations,
            "key_ops verify",
        ),
        (
            format!(r#"{ec_good},"key_ops":["sign","verify"],"use":"sig""#),
            "valid",
            operations,
            "key_ops sign and verify, use sig",
        ),
        (
            format!(r#"{ec_good},"alg":"RS256""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for RS256",
        ),
        (
            format!(r#"{ec_good},"alg":"ES384""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for ES384",
        ),
        (
            format!(r#"{ec_good},"alg":"HS256""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for HS256",
        ),
        (
            format!(r#"{ec_good},"alg":"none""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for none",
        ),
        (
            format!(r#"{ec_good},"alg":"es256""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for es256",
        ),
        (
            format!(r#"{ec_good},"alg":"EdDSA""#),
            "key_algorithm_mismatch",
            alg,
            "P-256 for EdDSA",
        ),
        (
            format!(r#"{rsa_good},"alg":"ES256""#),
            "key_algorithm_mismatch",
            alg,
            "RSA for ES256",
        ),
        (
            format!(r#"{rsa_good},"alg":"HS256""#),
            "key_algorithm_mismatch",
            alg,
            "RSA for HS256",
        ),
        (
            format!(r#"{rsa_good},"alg":"none""#),
            "key_algorithm_mismatch",
            alg,
            "RSA for none",
        ),
        (
            format!(r#"{ec_good},"alg":"ECDH-ES+A128KW""#),
            "key_algorithm_unsupported",
            alg,
            "P-256 for key agreement",
        ),
        (
            format!(r#"{rsa_good},"alg":"PS256""#),
            "key_algorithm_unsupported",
            alg,
            "RSA for PS256",
        ),
        (
            format!(r#"{rsa_good},"alg":"RS512""#),
            "key_algorithm_unsupported",
            alg,
            "RSA for RS512",
        ),
        (
            format!(r#"{rsa_good},"alg":"RSA-OAEP-256""#),
            "key_algorithm_unsupported",
            alg,
            "RSA for encryption",
        ),
        (
            format!(r#"{ec_good},"use":"enc""#),
            "key_use_unsupported",
            purpose,
            "use enc",
        ),
        (
            format!(r#"{ec_good},"use":"SIG""#),
            "key_use_unsupported",
            purpose,
            "use SIG",
        ),
        (
            format!(r#"{ec_good},"key_ops":["encrypt"]"#),
            "key_use_unsupported",
            operations,
            "key_ops encrypt",
        ),
        (
            format!(r#"{ec_good},"key_ops":["sign"]"#),
            "key_use_unsupported",
            operations,
            "key_ops sign alone",
        ),
        (
            format!(r#"{ec_good},"key_ops":[]"#),
            "key_use_unsupported",
            operations,
            "key_ops empty",
        ),
        (
            format!(r#"{ec_good},"key_ops":["verify","verify"]"#),
            "key_use_conflict",
            operations,
            "key_ops verify twice",
        ),
        (
            format!(r#"{ec_good},"key_ops":["verify","encrypt"]"#),
            "key_use_conflict",
            operations,
            "key_ops verify and encrypt",
        ),
        (
            format!(r#"{ec_good},"use":"sig","key_ops":["encrypt"]"#),
            "key_use_conflict",
            operations,
            "use sig, key_ops encrypt",
        ),
        (
            format!(r#"{ec_good},"use":"enc","key_ops":["verify"]"#),
            "key_use_conflict",
            operations,
            "use enc, key_ops verify",
        ),
        (
            ec_good.replace("P-256", "P-384"),
            "key_curve_unsupported",
            "RFC 7517 section 5",
            "P-384",
        ),
        (
            ec_good.replace("P-256", "secp256k1"),
            "key_curve_unsupported",
            "RFC 7517 section 5",
            "secp256k1",
        ),
        (
            ec_good.replace("P-256", "p-256"),
            "key_curve_unsupported",
            "RFC 7517 section 5",
            "p-256",
        ),
        (
            r#""kty":"OKP","crv":"Ed25519","x":"AA""#.into(),
            "key_type_unsupported",
            "RFC 7517 section 5",
            "Ed25519",
        ),
        (
            r#""kty":"AKP","alg":"ML-DSA-65","pub":"AA""#.into(),
            "key_type_unsupported",
            "RFC 7517 section 5",
            "ML-DSA",
        ),
        (
            ec_good.replace("\"EC\"", "\"ec\""),
            "key_type_unsupported",
            "RFC 7517 section 4.1",
            "kty ec",
        ),
    ] {
        key(c, code, clause, name, &members);
    }
}
