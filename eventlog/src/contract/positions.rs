//! Positions are records: what was read, what was made of it, and how far, move together.

use super::World;
use super::world::{record, value_of};
use crate::WriterName;

/// A service that reads, doubles and commits with its position, and dies again and again, makes
/// each output exactly once.
pub async fn a_position_moves_with_its_output(world: &mut World) {
    let inputs = (0..40).map(|n| record(&world.all, 0, "in", &n.to_string())).collect();
    world.append(inputs).await;
    let mut lives = 0;
    loop {
        lives += 1;
        let log = world.subject.log();
        let mut writer = log.writer(&WriterName("service".to_owned())).await.expect("opens");
        let positions = world.read_all(&world.compacted, 0).await;
        let position: u64 =
            positions.last().map_or(0, |last| value_of(last).parse().expect("a number"));
        let mut reader = world.reader(&world.all, 0, position).await;
        for _ in 0..lives % 3 {
            let batch = reader.next_if_any(4).await.expect("reads");
            let output = |stored| record(&world.all, 1, "out", &format!("{}!", value_of(stored)));
            let mut commit: Vec<_> = batch.records.iter().map(output).collect();
            let reached = reader.position().0.to_string();
            commit.push(record(&world.compacted, 0, "position", &reached));
            writer.commit(commit).await.expect("commits");
        }
        // Read on and die before the commit.
        reader.next_if_any(3).await.expect("reads");
        if position == 40 {
            break;
        }
        world.subject.crash().await;
    }
    let outputs: Vec<_> = (0..40).map(|n| format!("{n}!")).collect();
    assert_eq!(world.values(&world.all, 1).await, outputs);
}
