#![doc = include_str!("../README.md")]

pub mod attempt;
pub mod budget;
pub mod directory;
pub mod echo;
pub mod gate;
pub mod lane;
pub mod notice;
pub mod ready;
pub mod recognise;
pub mod reply;
pub mod request;
pub mod schedule;
pub mod verdict;
pub mod window;
