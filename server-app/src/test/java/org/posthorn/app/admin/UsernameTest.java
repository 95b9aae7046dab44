package org.posthorn.app.admin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 8264, RFC 8265 §3.3.
class UsernameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann",
        "Ann.O'Neil+x",
        "bob b",
        "Jörg",
        "fußball",
        "用户",
        "δοκιμή",
        "משתמש",
        "مستخدم",
        "משתמש1",
        "e\u0301",
        "हिन्दी",
        "user-२"
      })
  void permits(String name) {
    assertThat(Username.isPermitted(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ann\u202E",
        "a\u2066nn\u2069",
        "a\u200Bnn",
        "a\u200Dnn",
        "a\u00ADnn",
        "\uFEFFann",
        "ann\u00A0",
        "ann\u3000b",
        "ann\uFE0F",
        "ann\u034F",
        "\u115F",
        "\u3164",
        "ann\uDB40\uDC41",
        "ann\uDB40\uDD00",
        "\uFF41nn",
        "\uFB01x",
        "ann\u2028",
        "ann\uE000",
        "😀",
        "ann—b",
        "annמשתמש",
        "משתמשann",
        "1משתמש"
      })
  void refuses(String name) {
    assertThat(Username.isPermitted(name)).isFalse();
  }
}
