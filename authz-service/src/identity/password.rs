//! Which passwords are accepted (NIST SP 800-63B-4, section 3.1.1.2): length, and not a common one.

/// Fewest characters of a password that stands alone.
pub const MIN_CHARS: usize = 15;
/// Most characters.
pub const MAX_CHARS: usize = 256;
/// What has to be left of a password without the words that an attacker tries first.
const MIN_CHARS_OF_ITS_OWN: usize = 8;
/// A text that repeats so short a part is as easy to guess as the part.
const LONGEST_REPEATED_CHARS: usize = 8;

/// Why a password is not accepted, for the person who chose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPassword {
    /// Fewer than [`MIN_CHARS`].
    #[error(
        "the password has {chars} characters, at least {MIN_CHARS} are due: a few words make a good one"
    )]
    TooShort {
        /// How many it has.
        chars: usize,
    },
    /// More than [`MAX_CHARS`].
    #[error("the password has {chars} characters, at most {MAX_CHARS} are allowed")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// Among the passwords that everybody tries.
    #[error("the password is among the most common ones: choose one that nobody would list")]
    Common,
    /// One short part over and over, or a run such as `abcdefg…`.
    #[error("the password repeats a short part or counts up: choose several unrelated words")]
    Monotonous,
    /// Little more than a name.
    #[error("the password is little more than `{word}`: leave your and the company's names out")]
    Name {
        /// The name.
        word: String,
    },
}

/// Common passwords of 15 characters and more, lower case. Shorter ones cannot be chosen anyway.
const COMMON: &[&str] = &[
    "1q2w3e4r5t6y7u8i",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv",
    "1qaz2wsx3edc4rfv5tgb",
    "administrator123",
    "administrator1234",
    "changeme12345678",
    "changemechangeme",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "iloveyou12345678",
    "letmein123456789",
    "mypasswordispassword",
    "passw0rdpassw0rd",
    "password12345678",
    "password123456789",
    "password1234567890",
    "passwordpassword1",
    "p@ssw0rdp@ssw0rd",
    "qazwsxedcrfvtgb",
    "qazwsxedcrfvtgbyhnujm",
    "qwerty123456789",
    "qwerty1234567890",
    "qwertyuiop12345",
    "qwertyuiop123456",
    "qwertyuiop123456789",
    "qwertyuiopasdfgh",
    "qwertyuiopasdfghjkl",
    "qwertyuiopasdfghjklzxcvbnm",
    "thequickbrownfox",
    "thisismypassword",
    "trustno1trustno1",
    "welcome123456789",
    "woaini1314520520",
    "zxcvbnmasdfghjkl",
];

/// Judges a password that somebody chose. `names` are the words that an attacker would try with this
/// person: the id, the parts of the name and of the e-mail address.
///
/// # Errors
/// The first rule that it breaks.
pub fn check<'a>(
    password: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), RefusedPassword> {
    let chars = password.chars().count();
    if chars < MIN_CHARS {
        return Err(RefusedPassword::TooShort { chars });
    }
    if chars > MAX_CHARS {
        return Err(RefusedPassword::TooLong { chars });
    }
    let folded = password.to_lowercase();
    if COMMON.contains(&folded.as_str()) {
        return Err(RefusedPassword::Common);
    }
    if is_monotonous(&folded) {
        return Err(RefusedPassword::Monotonous);
    }
    for word in names.into_iter().chain(["menshen", "password"]) {
        let word = word.to_lowercase();
        // Shorter words occur by accident, and leave enough of the rest.
        if word.chars().count() >= 3
            && folded.contains(&word)
            && folded.replace(&word, "").chars().count() < MIN_CHARS_OF_ITS_OWN
        {
            return Err(RefusedPassword::Name { word });
        }
    }
    Ok(())
}

fn is_monotonous(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let repeats = |part: usize| {
        chars
            .iter()
            .zip(chars.iter().skip(part))
            .all(|(a, b)| a == b)
    };
    let counts = |step: i64| {
        let pairs = chars.iter().zip(chars.iter().skip(1));
        let follows =
            pairs.filter(|(a, b)| i64::from(u32::from(**a)) + step == i64::from(u32::from(**b)));
        follows.count() + LONGEST_REPEATED_CHARS / 2 >= chars.len()
    };
    (1..=LONGEST_REPEATED_CHARS.min(chars.len() / 2)).any(repeats) || counts(1) || counts(-1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(
            check("short", []),
            Err(RefusedPassword::TooShort { chars: 5 })
        );
        assert_eq!(
            check("门神守着两扇门每天都在这里看", []),
            Err(RefusedPassword::TooShort { chars: 14 })
        );
        assert_eq!(check("门神守着两扇门每天都在这里看着", []), Ok(()));
        let long: String = ('!'..'~').cycle().take(257).collect();
        assert_eq!(
            check(&long, []),
            Err(RefusedPassword::TooLong { chars: 257 })
        );
    }

    #[test]
    fn passwords_that_everybody_tries_are_refused() {
        assert_eq!(
            check("CorrectHorseBatteryStaple", []),
            Err(RefusedPassword::Common)
        );
        for monotonous in [
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "123456789012345",
            "abcdefghijklmnopq",
        ] {
            assert_eq!(
                check(monotonous, []),
                Err(RefusedPassword::Monotonous),
                "{monotonous}"
            );
        }
    }

    #[test]
    fn own_name_is_no_password() {
        let refused = check("ZhangYutong-2026", ["u05", "zhangyutong"]);
        assert_eq!(
            refused,
            Err(RefusedPassword::Name {
                word: "zhangyutong".to_owned()
            })
        );
        assert_eq!(
            check("zhangyutong likes blue herons", ["u05", "zhangyutong"]),
            Ok(())
        );
    }

    #[test]
    fn several_words_are_a_good_password() {
        assert_eq!(check("four brown herons wade", ["u05"]), Ok(()));
    }
}
