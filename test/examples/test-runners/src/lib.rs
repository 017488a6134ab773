/// The instance that this runs in.
pub fn instance() -> Option<String> {
    std::env::var("CRCACHE_INSTANCE").ok()
}
