//! The fictional numbers are valid for a phone-number library, which must read the display form back
//! to the same E.164 number.

use phonenumber::Mode;
use simulators::aircall::numbers::{COUNT, LineCountry, PhoneNumber, contact_number, line_number};

fn check(number: &PhoneNumber) -> Result<(), String> {
    let parsed = phonenumber::parse(None, &number.display).map_err(|error| error.to_string())?;
    let e164 = parsed.format().mode(Mode::E164).to_string();
    match (parsed.is_valid(), e164 == number.e164) {
        (true, true) => Ok(()),
        (valid, same) => Err(format!("{}: valid {valid}, same {same}", number.display)),
    }
}

#[test]
fn every_fictional_number_is_valid_and_reads_back() {
    let lines = [LineCountry::France, LineCountry::GreatBritain, LineCountry::UnitedStates]
        .into_iter()
        .flat_map(|country| (0..100).map(move |index| line_number(country, index)));
    // Every 7th: all ranges and most blocks, in a second rather than in a minute.
    let contacts = (0..COUNT).step_by(7).map(contact_number);
    let wrong: Vec<String> = lines.chain(contacts).filter_map(|n| check(&n).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong, the first {:?}",
        wrong.len(),
        &wrong[..wrong.len().min(20)]
    );
}
