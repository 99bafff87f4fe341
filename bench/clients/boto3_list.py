"""boto3's way to list versions, for comparison: boto3_list.py ENDPOINT BUCKET. Counts every version."""

import sys

import boto3

endpoint, bucket = sys.argv[1:]
client = boto3.client(
    "s3",
    endpoint_url=endpoint,
    region_name="us-east-1",
    aws_access_key_id="test",
    aws_secret_access_key="testsecret",
)
versions = 0
for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
    versions += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
print(versions)
