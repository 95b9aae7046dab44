package org.posthorn.app;

import java.io.IOException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.posthorn.mailet.DnsServer;

/// DNS records as commands show them, for whoever publishes them.
final class ShownRecords {
  static final Pattern TXT = Pattern.compile("(?ms)^\\S+\\. IN TXT (\\(.*?\\)|\"[^\"]*\")$");

  private ShownRecords() {}

  /// From now on `dns` knows the TXT records that a command has shown.
  static void publish(DnsServer dns, String shown) throws IOException {
    dns.add(
        TXT.matcher(shown)
            .results()
            .map(found -> found.group().replace(" IN TXT", " 60 IN TXT"))
            .collect(Collectors.joining("\n", "", "\n")));
  }
}
