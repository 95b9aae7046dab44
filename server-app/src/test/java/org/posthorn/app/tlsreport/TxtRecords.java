package org.posthorn.app.tlsreport;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.posthorn.mailet.Dns;

/// A DNS of TXT records. Used by one thread.
public final class TxtRecords implements Dns {
  private final Map<String, String> records = new HashMap<>();
  private final Set<String> silent = new HashSet<>();

  public void with(String name, String text) {
    records.put(name, text);
  }

  public void silentFor(String name) {
    silent.add(name);
  }

  @Override
  public Answer<String> texts(String name) {
    if (silent.contains(name)) {
      return new Answer.Unknown<>("silence");
    }
    String text = records.get(name);
    return text == null ? new Answer.NoSuchName<>() : new Answer.Records<>(List.of(text));
  }

  @Override
  public Answer<Exchanger> exchangers(String domain) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<InetAddress> addresses(String host) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<InetAddress> ipv4Addresses(String host) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<InetAddress> ipv6Addresses(String host) {
    return new Answer.NoSuchName<>();
  }

  @Override
  public Answer<String> names(InetAddress address) {
    return new Answer.NoSuchName<>();
  }
}
