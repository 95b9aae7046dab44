package org.posthorn.app.admin;

import java.util.Map;
import java.util.Objects;
import org.posthorn.message.Domain;
import org.posthorn.message.MailAddress;

/// Reads what a request names, or declines it with words for whoever typed it.
final class Names {
  private Names() {}

  static String part(Map<String, String> path, String name) {
    return Objects.requireNonNull(path.get(name));
  }

  static Domain domain(String text) {
    return Domain.parse(text)
        .filter(domain -> !domain.isLiteral())
        .orElseThrow(() ->
            Declined.badRequest("\"" + text + "\" is not a domain; write for example example.org"));
  }

  /// Of somebody who is to be here from now on.
  static MailAddress newAddress(String text) {
    MailAddress address = address(text);
    if (!Username.isPermitted(address.localPart())) {
      throw Declined.badRequest(
          "\"%s\": beyond ASCII, a name of ours has letters and digits, in one direction of writing"
              .formatted(text));
    }
    return address;
  }

  static MailAddress address(String text) {
    return MailAddress.parse(text)
        .orElseThrow(() ->
            Declined.badRequest(
                "\"" + text + "\" is not an address; write for example ann@example.org"));
  }
}
