package org.posthorn.senderauth.results;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MethodResultTest {
  @Test
  void propertiesAreFoundByTypeAndName() {
    MethodResult result =
        MethodResult.of("dkim", "pass", "")
            .with("header", "d", "example.org")
            .with("header", "s", "may");

    assertThat(result.property("header", "s")).contains("may");
    assertThat(result.property("policy", "s")).isEmpty();
    assertThat(result.passed()).isTrue();
  }
}
