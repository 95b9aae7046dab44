package org.posthorn.mailets.gate;

import com.google.common.collect.ImmutableList;
import java.util.List;

/// What a milter is told of, one after the other: the letter of the packet, the flags by which a
/// milter leaves out the step or its answer (0: it cannot), the number of the step in lists of
/// macros (-1: it has none), and the macros that are told to a milter that names none.
enum MilterStep {
  CONNECT('C', 0x01, 0x1000, 0, List.of("j", "_", "v", "{daemon_name}", "{client_addr}")),
  HELO('H', 0x02, 0x2000, 1, List.of("{tls_version}", "{cipher}")),
  MAIL(
      'M',
      0x04,
      0x4000,
      2,
      List.of(
          "i",
          "{auth_type}",
          "{auth_authen}",
          "{mail_addr}",
          "{mail_host}",
          "{mail_mailer}",
          "{client_addr}",
          "{client_name}")),
  RCPT('R', 0x08, 0x8000, 3, List.of("{rcpt_addr}", "{rcpt_host}", "{rcpt_mailer}")),
  DATA('T', 0x200, 0x10000, 4, List.of("i")),
  HEADER('L', 0x20, 0x80, -1, List.of()),
  END_OF_HEADER('N', 0x40, 0x40000, 6, List.of("i")),
  BODY('B', 0x10, 0x80000, -1, List.of()),
  END_OF_MESSAGE('E', 0, 0, 5, List.of("i", "{msg_size}", "{nrcpts}"));

  /// Values of header fields begin with the space that stands behind the colon.
  static final int LEADING_SPACE = 0x100000;

  private final char letter;
  private final int leftOut;
  private final int silent;
  private final int number;
  private final ImmutableList<String> symbols;

  MilterStep(char letter, int leftOut, int silent, int number, List<String> symbols) {
    this.letter = letter;
    this.leftOut = leftOut;
    this.silent = silent;
    this.number = number;
    this.symbols = ImmutableList.copyOf(symbols);
  }

  char letter() {
    return letter;
  }

  /// Whether the milter has no use for it; DATA came with version 4.
  boolean isLeftOut(MilterWire.Terms terms) {
    return terms.without(leftOut) || (this == DATA && terms.version() < 4);
  }

  boolean isSilent(MilterWire.Terms terms) {
    return terms.without(silent);
  }

  /// The macros that are told at this step.
  List<String> symbols(MilterWire.Terms terms) {
    return terms.symbols().getOrDefault(number, symbols);
  }
}
