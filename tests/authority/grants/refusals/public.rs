//! What is open to everyone.

use super::*;

// A status list is signed for developers alone: a stranger who makes up names starts nothing.
#[test]
fn a_status_list_of_nobody_is_404_and_leaves_nothing() {
    let house = House::new(131);
    let nobody = "z".repeat(16);
    for path in [
        format!("/status/{nobody}/0"),
        format!("/status/{nobody}/-1"),
        "/status/x/0".to_owned(),
    ] {
        let refused = call(&house, "", Method::Get, &path, &Value::Null);
        assert_refused(&refused, 404, "NOT_FOUND");
    }
    let (api, _) = live(&house);
    let name = api.id.strip_prefix("dev_").unwrap();
    for number in ["1", "-1", "x", "99999999999999999999"] {
        let path = format!("/status/{name}/{number}");
        let refused = call(&house, "", Method::Get, &path, &Value::Null);
        assert_refused(&refused, 404, "NOT_FOUND");
    }
}

// A verifier in a browser may read the keys and the lists, and asks first.
#[test]
fn keys_and_status_lists_are_for_every_origin() {
    let house = House::new(132);
    let (api, _) = live(&house);
    let list = format!("/status/{}/0", api.id.strip_prefix("dev_").unwrap());
    for path in ["/.well-known/jwks.json", list.as_str()] {
        for (method, status) in [(Method::Options, 204), (Method::Get, 200)] {
            let response = send(&house, "", method, path, b"", &[]);
            assert_eq!(response.status, status, "{path}");
            assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        }
    }
    assert_eq!(
        send(&house, "", Method::Options, "/v1/me", b"", &[]).status,
        405
    );
}
