package org.posthorn.mailets.auth;

import java.util.List;
import java.util.Optional;
import org.posthorn.mailet.AddressRange;
import org.posthorn.mailet.Parameter;
import org.posthorn.message.Domain;

/// What an operator may say about [SenderAuth].
public record SenderAuthSettings(
    @Parameter(
            value =
                "What happens to mail that fails DMARC: what the author's domain wants (enforce),"
                    + " what would be refused goes into Junk as well (quarantine), or it is only"
                    + " written down (report).",
            otherwise = "enforce")
        Enforcement dmarc,
    @Parameter(
            value =
                "What happens to a message whose From is missing, there twice, or can be read in"
                    + " two ways.",
            otherwise = "refuse")
        Trouble malformedFrom,
    @Parameter(
            value =
                "What happens to mail from a server that the sender's domain does not allow (SPF"
                    + " says fail), whatever DMARC says. Forwarded mail looks like this too.",
            otherwise = "tag")
        Trouble spfFail,
    @Parameter("Authors' domains, with all below them, whose DMARC policy is not followed.")
        List<Domain> exceptAuthors,
    @Parameter("Addresses of forwarders that are trusted: mail from them is not held to DMARC.")
        List<AddressRange> trustedForwarders,
    @Parameter(
            "Domains of forwarders that seal what they found (ARC) and are trusted: mail that had"
                + " passed DMARC when it came to them is not held to it again.")
        List<Domain> trustedSealers,
    @Parameter(
            "Servers of ours that take mail in before this one, such as a second MX: their results"
                + " are taken over, and nothing is checked again.")
        List<AddressRange> relays,
    @Parameter(
            value = "The names under which those servers write their results.",
            example = "mx2.example.org")
        List<String> relayNames,
    @Parameter(
            value =
                "The name under which this server writes its results. Without it, its host name.",
            example = "example.org")
        Optional<String> authservId,
    @Parameter(
            value = "Whether the older header field Received-SPF is written too.",
            otherwise = "false")
        boolean receivedSpf,
    @Parameter(
            value = "As for every gate: what it thinks is only written down.",
            otherwise = "false")
        boolean dryRun) {
  /// How far policies of others are followed.
  public enum Enforcement {
    ENFORCE,
    QUARANTINE,
    REPORT
  }

  /// What happens to what is wrong by itself.
  public enum Trouble {
    REFUSE,
    QUARANTINE,
    TAG
  }
}
