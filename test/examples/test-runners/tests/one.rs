#[test]
fn runs_in_an_instance() {
    assert!(example::instance().is_some());
}
