add_test(one crcache with tests --wait -- sh t/one.t)
add_test(two crcache with tests --wait -- sh t/two.t)
