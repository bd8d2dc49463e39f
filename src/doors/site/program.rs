//! What a session's program is called. It says so itself; nobody has checked it.

use alloc::{format, string::String};

/// Stands between a local program and the browser that let it in.
const LET_IN: &str = ", let in from ";

/// What a local program's session is called, which `browser` let in.
pub(super) fn local(port: u16, browser: &str) -> String {
    format!("Local program on port {port}{LET_IN}{browser}")
}

/// A user agent in a few words; what is not known is shown as it is.
pub(super) fn name(user_agent: &str) -> String {
    if let Some((program, browser)) = user_agent.split_once(LET_IN) {
        return format!("{program}{LET_IN}{}", name(browser));
    }
    if user_agent.is_empty() {
        return "An unnamed program".into();
    }
    // RFC 9110 section 10.1.5 has the most significant product first, but each browser
    // names the others before itself: the order here undoes that.
    let browser = first(
        user_agent,
        &[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("CriOS/", "Chrome"),
            ("Chrome/", "Chrome"),
            ("Version/", "Safari"),
        ],
    );
    let system = first(
        user_agent,
        &[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("CrOS", "ChromeOS"),
            ("Windows NT", "Windows"),
            ("Mac OS X", "macOS"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) if user_agent.starts_with("Mozilla/") => {
            format!("{browser} on {system}")
        }
        _ => user_agent.into(),
    }
}

fn first(text: &str, marks: &[(&str, &'static str)]) -> Option<&'static str> {
    marks
        .iter()
        .find_map(|(mark, name)| text.contains(mark).then_some(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_and_others_name_themselves() {
        const CHROME: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 \
                              (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        for (user_agent, wanted) in [
            (CHROME, "Chrome on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Android 15; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0",
                "Firefox on Android",
            ),
            ("Python-urllib/3.12", "Python-urllib/3.12"),
            ("curl on Linux with Chrome/1", "curl on Linux with Chrome/1"),
            ("", "An unnamed program"),
        ] {
            assert_eq!(name(user_agent), wanted);
        }
        assert_eq!(
            name(&local(8400, CHROME)),
            "Local program on port 8400, let in from Chrome on Linux"
        );
    }
}
