"""Addresses of the service, in moto's layout."""

from localcloud.mediaconvert.responses import MediaConvertResponse

url_bases = [r"https?://(.+\.)?mediaconvert\.(.+)\.amazonaws\.com"]
url_paths = {"{0}/(?P<path>.+)$": MediaConvertResponse.dispatch}
