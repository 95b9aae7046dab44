package org.posthorn.senderauth.spf;

import java.net.InetAddress;

/// What is asked: may this client send for this sender.
record SpfQuery(InetAddress client, String localPart, String domain, String helo) {
  String sender() {
    return localPart + "@" + domain;
  }
}
