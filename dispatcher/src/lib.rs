#![doc = include_str!("../README.md")]

pub mod attempt;
pub mod budget;
pub mod reply;
pub mod window;
