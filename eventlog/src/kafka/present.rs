//! Who works on a log at this moment, as far as brokers know it.

use super::failure::{self, blocking};
use super::options::Options;
use super::{OpenError, topics};

/// How many members a role has. One that was killed counts until its session ends, and an appender
/// is no member of anything: nobody knows of it.
///
/// # Errors
/// Options that cannot be, brokers that cannot be reached or that refuse.
pub async fn members(options: &Options, role: &str) -> Result<usize, OpenError> {
    let admin = topics::admin(options)?;
    let (group, timeout) = (options.named(role), options.request_timeout);
    let ask = move || {
        let groups = admin.inner().fetch_group_list(Some(&group), timeout);
        let groups =
            groups.map_err(|error| failure::io(format!("ask for the group {group}"), &error))?;
        Ok(groups.groups().iter().map(|it| it.members().len()).sum())
    };
    Ok(blocking("a question for members", ask).await?)
}
