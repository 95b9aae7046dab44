package org.posthorn.net;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversationTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void comparesLinesOfSeveralClients(int bufferBytes) {
    Conversation.play(
        new LineServer(),
        bufferBytes,
        """
        S: hello
        C: a
        C: b\\0\\xFF
        S: echo a
        S: echo b\\0\\xEF\\xBF\\xBD
        C2: x
        S2: hello
        S2: ~echo (?<what>.)
        C- ${what}y
        C- z\\r\\n
        # a remark
        S: echo xyz
        C: 1
        C: 2
        C: 3
        S: ...
        S: echo 3
        C: QUIT
        S: bye
        -- closed
        """);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8192})
  void speaksTls(int bufferBytes) {
    Conversation.play(
        new LineServer(),
        bufferBytes,
        """
        S: hello
        C: TLS
        S: plain
        C: STARTTLS
        S: go ahead
        -- tls
        C: TLS
        S: TLSv1.3 TLS_AES_256_GCM_SHA384
        C: QUIT
        S: bye
        -- closed
        """);
  }

  @Test
  void failsWithTheWholeTranscript() {
    assertThatThrownBy(() ->
            Conversation.play(
                new LineServer(),
                8192,
                """
                S: hello
                C: a
                S: something else
                """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("S: hello\n")
        .hasMessageContaining("C: a\n")
        .hasMessageContaining("S: echo a")
        .hasMessageContaining("S: something else");
  }

  @Test
  void failsWhenTheServerSaysMore() {
    assertThatThrownBy(() ->
            Conversation.play(
                new LineServer(),
                8192,
                """
                S: hello
                C: a
                """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("S: echo a");
  }

  @Test
  void failsWhenTheServerClosesTooEarly() {
    assertThatThrownBy(() ->
            Conversation.play(
                new LineServer(),
                8192,
                """
                S: hello
                C: QUIT
                S: bye
                S: something
                """))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("-- closed");
  }
}
