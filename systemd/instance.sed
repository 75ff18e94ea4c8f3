# SPDX-License-Identifier: MIT
# Makes mailsecd@.service of mailsecd.service: a further mailsecd beside the first one, with a configuration, secrets, state
# and a control socket of its own. The instance's name is %i. There is no mailsecd@.socket: a port cannot be made of a name;
# an instance has its address in its configuration (`web`), or a mailsecd@NAME.socket that is written by hand.
2s|.*|# Made of mailsecd.service by `make install`: mailsecd@NAME reads /etc/mailsecd/NAME/mailsecd.conf (mailsecd(8)).|
s|^Description=.*|& (%i)|
s|^ExecStart=.*|& --config /etc/mailsecd/%i/mailsecd.conf|
s|^SyslogIdentifier=.*|&-%i|
/^# Secrets:/s|/etc/credstore/symantec.password and immuniweb.key|/etc/credstore/NAME.symantec.password and NAME.immuniweb.key|
/^# One more line/s|: symantec.NAME.password|: symantec.ACCOUNT.password|
s|^LoadCredential=\(.*\)|&:%i.\1|
s|^StateDirectory=.*|&-%i|
s|^RuntimeDirectory=.*|&-%i|
s|^ConfigurationDirectory=.*|&/%i|
