package org.posthorn.senderauth.spf;

import org.posthorn.message.AddressText;

/// The older header field that says what SPF found (RFC 7208 §9.1), for programs that read it.
public final class ReceivedSpf {
  public static final String NAME = "Received-SPF";

  private ReceivedSpf() {}

  /// The value of the field.
  public static String value(SpfResult result, String receiver, String sender, String helo) {
    return "%s (%s: %s) client-ip=%s; envelope-from=%s; helo=%s; receiver=%s; identity=%s"
        .formatted(
            result.code().word(),
            receiver,
            SpfText.shown(result.reason()).replaceAll("[()\\\\]", " "),
            AddressText.of(result.client()),
            quoted(sender),
            quoted(helo),
            receiver,
            result.identity().word());
  }

  private static String quoted(String value) {
    return '"' + SpfText.explanation(value).replaceAll("[\"\\\\]", "?") + '"';
  }
}
